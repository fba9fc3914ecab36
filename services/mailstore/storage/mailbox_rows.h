// Table mailbox: state, counters and locks of mailboxes.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/storage/mailbox_state.h"

namespace posthorn::store {

// What MailboxOf() reads, in the table `m`.
#define POSTHORN_MAILBOX_COLUMNS                                                              \
  "m.account_id, m.mailbox_id, m.highest_modseq, m.log_floor_modseq, m.size, m.uidvalidity, " \
  "m.uidnext, m.n_messages, m.n_unseen, m.n_deleted, m.recent_from_uid, m.keywords, "         \
  "m.reserved_modseq, m.message_floor_modseq"
inline constexpr int kMailboxColumns = 14;

// The mailboxes m of keys k, in the order of the keys. Each is looked up by itself: the fence
// ("FOR UPDATE" or "OFFSET 0") keeps the planner from a join, for which it would read all mailboxes
// of the accounts.
#define POSTHORN_MAILBOXES_BY_KEY(accounts, mailboxes, fence)                           \
  " FROM unnest(" accounts "::bigint[], " mailboxes                                     \
  "::int[]) AS k (account_id, mailbox_id) CROSS JOIN LATERAL (SELECT * FROM mailbox l " \
  "WHERE l.account_id = k.account_id AND l.mailbox_id = k.mailbox_id " fence ") m"

MailboxState MailboxOf(const pqxx::row& row);

std::optional<MailboxState> LoadMailbox(Connection& connection, MailboxKey key);
std::optional<MailboxState> LoadMailbox(Transaction& transaction, MailboxKey key);
// By its exact name.
std::optional<MailboxState> LoadMailboxByName(Connection& connection, AccountId account,
                                              const std::string& name);

// Those that exist, in no order.
std::vector<MailboxState> LoadMailboxes(Connection& connection, absl::Span<const MailboxKey> keys);

// By its exact name in its owner's tree.
struct MailboxName {
  AccountId owner;
  std::string name;
  friend auto operator<=>(const MailboxName&, const MailboxName&) = default;
};

using MailboxLook = std::variant<MailboxKey, MailboxName>;

// One for each look, empty if there is no such mailbox; by one statement. Looks ascend.
std::vector<std::optional<MailboxState>> FindMailboxes(Connection& connection,
                                                       absl::Span<const MailboxLook> looks);

// Writes everything but key, uidvalidity, log_floor and message_floor.
void UpdateMailboxes(Transaction& transaction, absl::Span<const MailboxState* const> mailboxes);

}  // namespace posthorn::store
