#include "mailstore/mailbox/name_access.h"

#include <map>
#include <optional>

#include "common/rpc/status.h"
#include "mailstore/access/shared_name.h"
#include "mailstore/mailbox/name_rows.h"
#include "mailstore/mailbox/name_tree.h"

namespace posthorn::store {
namespace {

absl::Status Reserved() {
  return rpc::MakeError(absl::StatusCode::kInvalidArgument,
                        v1::ErrorDetail::REASON_MAILBOX_NAME_INVALID,
                        "mailbox name: this part of the name space is for other users' mailboxes");
}

}  // namespace

absl::StatusOr<LocatedName> AuthorizeNewName(Connection& connection, AccountId caller,
                                             const std::string& name) {
  // What is wrong with the name itself comes first: it must not tell whether there is such an
  // account.
  const std::optional<SharedName> shared = ParseSharedName(name);
  if (IsSharedName(name) &&
      (!shared.has_value() || shared->mailbox.empty() || IsSharedName(shared->mailbox))) {
    return Reserved();
  }
  if (const absl::Status status = CheckMailboxName(shared.has_value() ? shared->mailbox : name);
      !status.ok()) {
    return status;
  }
  const absl::StatusOr<LocatedName> located = Locate(connection, caller, name);
  if (!located.ok()) {
    return located.status();
  }
  if (located->owner == caller) {
    return located;
  }
  // RFC 4314 4: without a parent there is nobody who could have given the right.
  Rights rights;
  std::map<std::string, NameRow> names = LoadNames(connection, located->owner);
  if (const auto parent = NearestParent(names, located->name); parent.has_value()) {
    const auto authorized =
        Authorize(connection, caller, {located->owner, *parent}, Right::kCreate);
    if (!authorized.ok()) {
      return authorized.status();
    }
    rights = authorized->rights;
  }
  const absl::Status status = CheckRights(rights, Right::kCreate);
  if (!status.ok()) {
    return status;
  }
  return located;
}

absl::StatusOr<LocatedName> AuthorizeOldName(Connection& connection, AccountId caller,
                                             const std::string& name) {
  const absl::StatusOr<LocatedName> located = Locate(connection, caller, name);
  if (!located.ok() || located->owner == caller) {
    return located;
  }
  const auto mailbox = AuthorizeName(connection, caller, name, Right::kDeleteMailbox);
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  return located;
}

}  // namespace posthorn::store
