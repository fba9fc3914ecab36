// What the rights of RFC 4314 say to names that are to be made, or to lead elsewhere. Both block;
// for Pool::Run.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "mailstore/access/access.h"
#include "mailstore/db/connection.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// A name that the caller wants to give to a mailbox: in another user's account it needs the right k
// of the nearest parent that exists. InvalidArgument REASON_MAILBOX_NAME_INVALID for a name that no
// mailbox may have; PermissionDenied or NotFound as CheckRights, for an account that is not there
// too.
absl::StatusOr<LocatedName> AuthorizeNewName(Connection& connection, AccountId caller,
                                             const std::string& name);

// A name whose mailbox is to be taken away: the right x. Whether the name exists in an account of
// the caller's own is left to NameTree.
absl::StatusOr<LocatedName> AuthorizeOldName(Connection& connection, AccountId caller,
                                             const std::string& name);

}  // namespace posthorn::store
