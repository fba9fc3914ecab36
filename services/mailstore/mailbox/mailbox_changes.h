// Making, deleting and renaming mailboxes: a transaction each, under the account's lock. `account`
// is the owner, names are the owner's; whether the caller may is decided before
// (mailbox/name_access.h). A call repeated with its idempotency key (empty: none) changes nothing
// and returns what the first one did; InvalidArgument if the key was used for something else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailstore/changes/change_hub.h"
#include "mailstore/db/connection.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// The mailbox inherits the access list of its parent. Errors are those of NameTree,
// ResourceExhausted REASON_OVER_QUOTA, and Unauthenticated REASON_TICKET_INVALID when the account
// is gone.
absl::StatusOr<MailboxId> CreateMailbox(Connection& connection, AccountId account,
                                        const std::string& name, int special_use,
                                        const std::string& key);

// Deletes the mailbox with its messages, whose bodies go after `discard_grace` seconds. Returns
// what to tell those who watch it.
absl::StatusOr<MailboxChange> DeleteMailbox(Connection& connection, AccountId account,
                                            const std::string& name, int64_t discard_grace,
                                            const std::string& key);

absl::Status RenameMailbox(Connection& connection, AccountId account, const std::string& from,
                           const std::string& to, const std::string& key);

// RFC 9051 6.3.6: renaming INBOX moves its messages to a new mailbox. Returns what to tell those
// who watch the two.
absl::StatusOr<std::vector<MailboxChange>> RenameInbox(Connection& connection, AccountId account,
                                                       const std::string& to,
                                                       const std::string& key);

absl::Status SetSubscribed(Connection& connection, AccountId account, const std::string& name,
                           bool subscribed);

}  // namespace posthorn::store
