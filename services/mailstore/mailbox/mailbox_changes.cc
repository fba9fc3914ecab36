#include "mailstore/mailbox/mailbox_changes.h"

#include <algorithm>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/status.h"
#include "mailstore/db/transaction.h"
#include "mailstore/mailbox/name_rows.h"
#include "mailstore/storage/account_rows.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {
namespace {

constexpr Statement kInsertMailbox{
    "mailbox.insert",
    "INSERT INTO mailbox (account_id, mailbox_id, uidvalidity) VALUES ($1, $2, $3)"};

// In this order: bodies that only this mailbox has go, counts of the others shrink.
constexpr Statement kDropReferences{
    "mailbox.drop_references",
    "UPDATE blob_ref r SET n = r.n - m.n FROM (SELECT blob_id, count(*) AS n FROM message "
    "WHERE account_id = $1 AND mailbox_id = $2 GROUP BY blob_id) m "
    "WHERE r.account_id = $1 AND r.blob_id = m.blob_id"};
constexpr Statement kDiscardBodies{
    "mailbox.discard_bodies",
    "INSERT INTO blob_gc (account_id, blob_id, due_at) SELECT DISTINCT m.account_id, m.blob_id, "
    "$3::bigint FROM message m WHERE m.account_id = $1 AND m.mailbox_id = $2 AND NOT EXISTS "
    "(SELECT 1 FROM blob_ref r WHERE r.account_id = $1 AND r.blob_id = m.blob_id AND r.n > 0) "
    "ON CONFLICT DO NOTHING"};
constexpr Statement kForgetReferences{
    "mailbox.forget_references",
    "DELETE FROM blob_ref r USING message m WHERE m.account_id = $1 AND m.mailbox_id = $2 "
    "AND r.account_id = $1 AND r.blob_id = m.blob_id AND r.n <= 1"};
constexpr Statement kDeleteMessages{
    "mailbox.delete_messages", "DELETE FROM message WHERE account_id = $1 AND mailbox_id = $2"};
constexpr Statement kDeleteLog{"mailbox.delete_log",
                               "DELETE FROM change_log WHERE account_id = $1 AND mailbox_id = $2"};
constexpr Statement kDeleteMailbox{"mailbox.delete",
                                   "DELETE FROM mailbox WHERE account_id = $1 AND mailbox_id = $2"};

absl::StatusOr<AccountState> LockAccount(Transaction& transaction, AccountId account) {
  std::vector<AccountState> accounts = LockAccounts(transaction, {&account, 1});
  if (accounts.empty()) {
    return rpc::MakeError(absl::StatusCode::kUnauthenticated,
                          v1::ErrorDetail::REASON_TICKET_INVALID, "the account is gone");
  }
  return accounts.front();
}

// Locks the account, loads its names, has change(account, tree) work on them, writes and commits.
template <typename Change>
absl::Status ChangeNames(Connection& connection, AccountId account, Change change) {
  Transaction transaction(connection);
  absl::StatusOr<AccountState> state = LockAccount(transaction, account);
  if (!state.ok()) {
    return state.status();
  }
  NameTree tree(LoadNames(transaction, account));
  if (const absl::Status status = change(transaction, *state, tree); !status.ok()) {
    return status;
  }
  WriteNames(transaction, account, tree);
  transaction.Commit();
  return absl::OkStatus();
}

// The mailbox row is locked. Returns its state.
MailboxState DeleteRows(Transaction& transaction, MailboxKey key, int64_t due_at,
                        AccountState* account) {
  const std::vector<MailboxState> states = LockMailboxes(transaction, {&key, 1});
  if (states.empty()) {
    return {.key = key};
  }
  const uint64_t a = key.account.value();
  const int32_t m = key.mailbox.value();
  transaction.Exec(kDropReferences, a, m);
  transaction.Exec(kDiscardBodies, a, m, due_at);
  transaction.Exec(kForgetReferences, a, m);
  transaction.Exec(kDeleteMessages, a, m);
  transaction.Exec(kDeleteLog, a, m);
  transaction.Exec(kDeleteMailbox, a, m);
  account->used_bytes -= states.front().size;
  account->used_messages -= states.front().n_messages;
  return states.front();
}

}  // namespace

absl::StatusOr<MailboxId> CreateMailbox(Connection& connection, AccountId account,
                                        const std::string& name, int special_use) {
  MailboxId id;
  const auto create = [&](Transaction& transaction, AccountState& state, NameTree& tree) {
    id = MailboxId(state.next_mailbox_id++);
    if (const absl::Status status = tree.Create(name, id, special_use); !status.ok()) {
      return status;
    }
    // RFC 9051 2.3.1.1: a name that is used again gets a greater UIDVALIDITY, even within a second.
    state.last_uidvalidity = std::max(static_cast<int32_t>(absl::ToUnixSeconds(absl::Now())),
                                      state.last_uidvalidity + 1);
    transaction.Exec(kInsertMailbox, account.value(), id.value(), state.last_uidvalidity);
    const AccountState* updated = &state;
    UpdateAccounts(transaction, {&updated, 1});
    return absl::OkStatus();
  };
  if (const absl::Status status = ChangeNames(connection, account, create); !status.ok()) {
    return status;
  }
  return id;
}

absl::StatusOr<MailboxChange> DeleteMailbox(Connection& connection, AccountId account,
                                            const std::string& name, int64_t discard_grace) {
  MailboxChange change;
  const int64_t due_at = absl::ToUnixSeconds(absl::Now()) + discard_grace;
  const auto remove = [&](Transaction& transaction, AccountState& state, NameTree& tree) {
    std::optional<MailboxId> mailbox;
    if (const absl::Status status = tree.Delete(name, &mailbox); !status.ok()) {
      return status;
    }
    const MailboxState gone =
        DeleteRows(transaction, {account, mailbox.value_or(MailboxId())}, due_at, &state);
    change = {gone.key, ModSeq(gone.highest_modseq.value() + 1)};
    const AccountState* updated = &state;
    UpdateAccounts(transaction, {&updated, 1});
    return absl::OkStatus();
  };
  if (const absl::Status status = ChangeNames(connection, account, remove); !status.ok()) {
    return status;
  }
  return change;
}

absl::Status RenameMailbox(Connection& connection, AccountId account, const std::string& from,
                           const std::string& to) {
  return ChangeNames(connection, account, [&](Transaction&, AccountState&, NameTree& tree) {
    return tree.Rename(from, to);
  });
}

absl::Status SetSubscribed(Connection& connection, AccountId account, const std::string& name,
                           bool subscribed) {
  return ChangeNames(connection, account, [&](Transaction&, AccountState&, NameTree& tree) {
    if (subscribed && !tree.rows().contains(name) && tree.rows().size() >= NameTree::kMaxNames) {
      return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                            "too many names");
    }
    tree.SetSubscribed(name, subscribed);
    return absl::OkStatus();
  });
}

}  // namespace posthorn::store
