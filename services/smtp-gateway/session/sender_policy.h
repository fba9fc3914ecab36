// Which sender addresses a user may use (RFC 6409 6.1).
#pragma once

#include <string_view>

#include "smtp-gateway/parser/path.h"

namespace posthorn::smtp {

// The user's own address in any spelling that means the same mailbox, a sub-address of it, and the
// null path (users' notifications, RFC 8098 3). `login` is the address of the account.
bool MaySendAs(std::string_view login, const Path& sender);

}  // namespace posthorn::smtp
