#pragma once

#include <string>

#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// The capabilities in the session's present state, as CAPABILITY lists them (RFC 3501 6.1.1): those
// of the command table's rows and those that are no commands.
std::string CapabilityList(Session& session);

}  // namespace posthorn::imap
