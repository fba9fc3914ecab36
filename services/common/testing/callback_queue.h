#pragma once

namespace posthorn::testing_support {

// Keeps the queue of gRPC's callback API, which all its users in a process share, from now on for
// as long as the process lives. In gRPC 1.51 it may be freed twice when its last user goes, as
// between two tests; in our services there is a user from the start to the end.
void KeepCallbackQueue();

}  // namespace posthorn::testing_support
