// How long a session waits for a network or a server that is gone.
#pragma once

#include <string>

namespace posthorn::store {

// The connection string (libpq: URI or keywords) with a limit for each thing that TCP would wait
// for by itself, for minutes to hours: 5 s for a connection, 10 s until octets are acknowledged,
// 25 s of silence when none are under way. What the string sets itself stays. One that libpq does
// not understand comes back as it is.
std::string WithTimeouts(const std::string& url);

}  // namespace posthorn::store
