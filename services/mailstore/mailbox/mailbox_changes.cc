#include "mailstore/mailbox/mailbox_changes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/status.h"
#include "mailstore/access/acl_rows.h"
#include "mailstore/batch/apply.h"
#include "mailstore/batch/transact.h"
#include "mailstore/db/transaction.h"
#include "mailstore/mailbox/name_rows.h"
#include "mailstore/metadata/annotation_changes.h"
#include "mailstore/metadata/annotation_rows.h"
#include "mailstore/storage/account_rows.h"
#include "mailstore/storage/idempotency_rows.h"
#include "mailstore/storage/lock_rows.h"
#include "mailstore/storage/mailbox_rows.h"
#include "posthorn/v1/changes.pb.h"

namespace posthorn::store {
namespace {

// The first octet of a recorded result; those of messages have letters of their own
// (batch/recorded_result.cc).
constexpr char kCreated = 'M';
constexpr char kDeleted = 'D';
constexpr char kRenamed = 'R';
constexpr char kInboxRenamed = 'I';

struct CallKey {
  char kind = 0;
  std::string key;  // empty: the call has none
};

constexpr Statement kInsertMailbox{
    "mailbox.insert",
    "INSERT INTO mailbox (account_id, mailbox_id, uidvalidity) VALUES ($1, $2, $3)"};

constexpr Statement kLoadUids{
    "mailbox.load_uids",
    "SELECT uid FROM message WHERE account_id = $1 AND mailbox_id = $2 ORDER BY uid"};

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

absl::StatusOr<std::string> FindResult(Transaction& transaction, AccountId account,
                                       const CallKey& key) {
  const std::pair<AccountId, std::string> wanted(account, key.key);
  const std::vector<RecordedResult> results = LoadResults(transaction, {&wanted, 1});
  if (results.empty()) {
    return absl::NotFoundError("no result");
  }
  if (results.front().result.front() != key.kind) {
    return absl::InvalidArgumentError("idempotency key was used for something else");
  }
  return results.front().result.substr(1);
}

// Locks the account, loads its names, has change(transaction, account, tree) work on them, writes
// and commits. Returns the result of `change`, or what it was when the key was used before.
template <typename Change>
absl::StatusOr<std::string> ChangeNames(Connection& connection, AccountId account,
                                        const CallKey& key, Change change) {
  Transaction transaction(connection);
  absl::StatusOr<AccountState> state = LockAccount(transaction, account);
  if (!state.ok()) {
    return state.status();
  }
  // Under the lock of the account, so that a call and its repetition cannot meet.
  if (!key.key.empty()) {
    absl::StatusOr<std::string> known = FindResult(transaction, account, key);
    if (known.ok() || !absl::IsNotFound(known.status())) {
      return known;
    }
  }
  NameTree tree(LoadNames(transaction, account));
  absl::StatusOr<std::string> result = change(transaction, *state, tree);
  if (!result.ok()) {
    return result;
  }
  WriteNames(transaction, account, tree);
  if (!key.key.empty()) {
    const RecordedResult recorded{account, key.key, key.kind + *result};
    RecordResults(transaction, {&recorded, 1}, absl::ToUnixSeconds(absl::Now()));
  }
  transaction.Commit();
  return result;
}

absl::StatusOr<MailboxId> CreateRows(Transaction& transaction, AccountState& account,
                                     NameTree& tree, const std::string& name, int special_use) {
  const MailboxId id(account.next_mailbox_id++);
  if (const absl::Status status = tree.Create(name, id, special_use); !status.ok()) {
    return status;
  }
  // RFC 9208 5.3.
  if (account.quota_mailboxes != 0 && tree.CountMailboxes() > account.quota_mailboxes) {
    return OverQuota();
  }
  // RFC 9051 2.3.1.1: a name that is used again gets a greater UIDVALIDITY, even within a second.
  account.last_uidvalidity = std::max(static_cast<int32_t>(absl::ToUnixSeconds(absl::Now())),
                                      account.last_uidvalidity + 1);
  transaction.Post(kInsertMailbox, account.id.value(), id.value(), account.last_uidvalidity);
  if (const auto parent = NearestParent(tree.rows(), name); parent.has_value()) {
    CopyAcl(transaction, account.id, *parent, id);
  }
  const AccountState* updated = &account;
  UpdateAccounts(transaction, {&updated, 1});
  return id;
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
  transaction.Post(kDropReferences, a, m);
  transaction.Post(kDiscardBodies, a, m, due_at);
  transaction.Post(kForgetReferences, a, m);
  transaction.Post(kDeleteMessages, a, m);
  transaction.Post(kDeleteLog, a, m);
  transaction.Post(kDeleteMailbox, a, m);
  DeleteAcl(transaction, key);
  DeleteAnnotations(transaction, key);
  DeleteAnnotationChanges(transaction, key);
  account->used_bytes -= states.front().size;
  account->used_messages -= states.front().n_messages;
  return states.front();
}

void AddChange(MailboxKey mailbox, ModSeq modseq, v1::WatchResponse* changes) {
  v1::Change* change = changes->add_changes();
  change->set_account_id(mailbox.account.value());
  change->set_mailbox_id(static_cast<uint32_t>(mailbox.mailbox.value()));
  change->set_modseq(static_cast<uint64_t>(modseq.value()));
}

std::vector<MailboxChange> ReadChanges(const std::string& octets) {
  v1::WatchResponse response;
  response.ParseFromString(octets);
  std::vector<MailboxChange> changes;
  for (const v1::Change& change : response.changes()) {
    changes.push_back(
        {{AccountId(change.account_id()), MailboxId(static_cast<int32_t>(change.mailbox_id()))},
         ModSeq(static_cast<int64_t>(change.modseq()))});
  }
  return changes;
}

std::vector<uint32_t> LoadUids(Transaction& transaction, MailboxKey mailbox) {
  std::vector<uint32_t> uids;
  for (const auto& row :
       transaction.Exec(kLoadUids, mailbox.account.value(), mailbox.mailbox.value())) {
    uids.push_back(static_cast<uint32_t>(row[0].as<int64_t>()));
  }
  return uids;
}

}  // namespace

absl::StatusOr<MailboxId> CreateMailbox(Connection& connection, AccountId account,
                                        const std::string& name, int special_use,
                                        const std::string& key) {
  const auto create = [&](Transaction& transaction, AccountState& state,
                          NameTree& tree) -> absl::StatusOr<std::string> {
    const auto id = CreateRows(transaction, state, tree, name, special_use);
    if (!id.ok()) {
      return id.status();
    }
    return absl::StrCat(id->value());
  };
  const auto result = ChangeNames(connection, account, {kCreated, key}, create);
  int32_t id = 0;
  if (!result.ok() || !absl::SimpleAtoi(*result, &id)) {
    return result.status();
  }
  return MailboxId(id);
}

absl::StatusOr<MailboxChange> DeleteMailbox(Connection& connection, AccountId account,
                                            const std::string& name, int64_t discard_grace,
                                            const std::string& key) {
  const int64_t due_at = absl::ToUnixSeconds(absl::Now()) + discard_grace;
  const auto remove = [&](Transaction& transaction, AccountState& state,
                          NameTree& tree) -> absl::StatusOr<std::string> {
    std::optional<MailboxId> mailbox;
    if (const absl::Status status = tree.Delete(name, &mailbox); !status.ok()) {
      return status;
    }
    const MailboxState gone =
        DeleteRows(transaction, {account, mailbox.value_or(MailboxId())}, due_at, &state);
    const AccountState* updated = &state;
    UpdateAccounts(transaction, {&updated, 1});
    v1::WatchResponse changes;
    AddChange(gone.key, ModSeq(gone.highest_modseq.value() + 1), &changes);
    return changes.SerializeAsString();
  };
  const auto result = ChangeNames(connection, account, {kDeleted, key}, remove);
  if (!result.ok()) {
    return result.status();
  }
  return ReadChanges(*result).front();
}

absl::Status RenameMailbox(Connection& connection, AccountId account, const std::string& from,
                           const std::string& to, const std::string& key) {
  const auto rename = [&](Transaction&, AccountState&,
                          NameTree& tree) -> absl::StatusOr<std::string> {
    if (const absl::Status status = tree.Rename(from, to); !status.ok()) {
      return status;
    }
    return "";
  };
  return ChangeNames(connection, account, {kRenamed, key}, rename).status();
}

absl::StatusOr<std::vector<MailboxChange>> RenameInbox(Connection& connection, AccountId account,
                                                       const std::string& to,
                                                       const std::string& key) {
  const auto move = [&](Transaction& transaction, AccountState& state,
                        NameTree& tree) -> absl::StatusOr<std::string> {
    const auto id = CreateRows(transaction, state, tree, to, v1::SPECIAL_USE_NONE);
    if (!id.ok()) {
      return id.status();
    }
    if (!CopyAnnotations(transaction, account, kInbox, *id)) {
      return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                            "too many annotations in the account");
    }
    // All that adds or removes messages locks the account first: these are all there are.
    const MailboxKey inbox{account, kInbox};
    Op op = CopyOp{.source = inbox,
                   .destination = {account, *id},
                   .uids = LoadUids(transaction, inbox),
                   .move = true};
    BatchMember member{&op, absl::OkStatus()};
    const Commit moved = TransactWithin(transaction, absl::MakeSpan(&member, 1),
                                        {.now = absl::ToUnixSeconds(absl::Now())});
    if (!member.status.ok()) {
      return member.status;
    }
    v1::WatchResponse changes;
    for (const CommittedMailbox& mailbox : moved.mailboxes) {
      AddChange(mailbox.state.key, mailbox.state.highest_modseq, &changes);
    }
    return changes.SerializeAsString();
  };
  const auto result = ChangeNames(connection, account, {kInboxRenamed, key}, move);
  if (!result.ok()) {
    return result.status();
  }
  return ReadChanges(*result);
}

absl::Status SetSubscribed(Connection& connection, AccountId account, const std::string& name,
                           bool subscribed) {
  const auto set = [&](Transaction&, AccountState&, NameTree& tree) -> absl::StatusOr<std::string> {
    if (subscribed && !tree.rows().contains(name) && tree.rows().size() >= NameTree::kMaxNames) {
      return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                            "too many names");
    }
    tree.SetSubscribed(name, subscribed);
    return "";
  };
  return ChangeNames(connection, account, {}, set).status();
}

}  // namespace posthorn::store
