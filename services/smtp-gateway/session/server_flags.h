// The settings of sessions, from the flags of the program.
#pragma once

#include "absl/status/status.h"
#include "smtp-gateway/session/server.h"

namespace posthorn::smtp {

// Sets limits and networks. INVALID_ARGUMENT, with the flag's name, for a value that cannot be.
absl::Status ReadServerFlags(Server& server);

}  // namespace posthorn::smtp
