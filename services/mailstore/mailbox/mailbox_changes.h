// Making, deleting and renaming mailboxes: a transaction each, under the account's lock.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailstore/changes/change_hub.h"
#include "mailstore/db/connection.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// Errors are those of NameTree, and Unauthenticated REASON_TICKET_INVALID when the account is gone.
absl::StatusOr<MailboxId> CreateMailbox(Connection& connection, AccountId account,
                                        const std::string& name, int special_use);

// Deletes the mailbox with its messages, whose bodies go after `discard_grace` seconds. Returns
// what to tell those who watch it.
absl::StatusOr<MailboxChange> DeleteMailbox(Connection& connection, AccountId account,
                                            const std::string& name, int64_t discard_grace);

absl::Status RenameMailbox(Connection& connection, AccountId account, const std::string& from,
                           const std::string& to);

absl::Status SetSubscribed(Connection& connection, AccountId account, const std::string& name,
                           bool subscribed);

}  // namespace posthorn::store
