#pragma once

namespace posthorn::testing_support {

// A port of this machine that nobody listens on.
int FreePort();
// A connected socket; -1 if nobody listens. A read from it that takes a minute fails.
int Connect(int port);

}  // namespace posthorn::testing_support
