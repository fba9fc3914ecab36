// Table mailbox: state, counters and locks of mailboxes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/storage/mailbox_state.h"

namespace posthorn::store {

std::optional<MailboxState> LoadMailbox(Connection& connection, MailboxKey key);
std::optional<MailboxState> LoadMailbox(Transaction& transaction, MailboxKey key);
// By its exact name.
std::optional<MailboxState> LoadMailboxByName(Connection& connection, AccountId account,
                                              const std::string& name);

// Those that exist, in no order.
std::vector<MailboxState> LoadMailboxes(Connection& connection, absl::Span<const MailboxKey> keys);

// Locks to the end of the transaction, in the order of the keys, which must ascend. Mailboxes that
// do not exist are left out.
std::vector<MailboxState> LockMailboxes(Transaction& transaction,
                                        absl::Span<const MailboxKey> keys);
// Writes everything but key, uidvalidity, log_floor and message_floor.
void UpdateMailboxes(Transaction& transaction, absl::Span<const MailboxState* const> mailboxes);

}  // namespace posthorn::store
