#include "mailstore/directory/mail_removal.h"

#include "mailstore/db/transaction.h"

namespace posthorn::store {
namespace {

// SKIP LOCKED: another replica is at work on the others.
constexpr Statement kTake{
    "removal.take",
    "SELECT account_id FROM removed_account ORDER BY removed_at LIMIT 1 FOR UPDATE SKIP LOCKED"};
constexpr Statement kDone{"removal.done", "DELETE FROM removed_account WHERE account_id = $1"};

// In an order in which nothing that is left refers to what is gone. A few thousand rows a step
// keep the transaction short. blob_gc stays: bodies of uploads under way are deleted by it.
constexpr Statement kSteps[] = {
    {"removal.messages",
     "DELETE FROM message WHERE account_id = $1 AND (mailbox_id, uid) IN "
     "(SELECT mailbox_id, uid FROM message WHERE account_id = $1 LIMIT 5000)"},
    {"removal.changes",
     "DELETE FROM change_log WHERE account_id = $1 AND (mailbox_id, modseq, kind) IN "
     "(SELECT mailbox_id, modseq, kind FROM change_log WHERE account_id = $1 LIMIT 5000)"},
    {"removal.keys",
     "DELETE FROM idempotency WHERE account_id = $1 AND key IN "
     "(SELECT key FROM idempotency WHERE account_id = $1 LIMIT 5000)"},
    {"removal.url_keys", "DELETE FROM url_key WHERE account_id = $1"},
    {"removal.shares", "DELETE FROM shared_mailbox WHERE owner_id = $1 OR account_id = $1"},
    {"removal.acl", "DELETE FROM mailbox_acl WHERE account_id = $1"},
    {"removal.annotations", "DELETE FROM annotation WHERE account_id = $1"},
    {"removal.annotation_changes", "DELETE FROM annotation_change WHERE account_id = $1"},
    {"removal.lock", "DELETE FROM maildrop_lock WHERE account_id = $1"},
    {"removal.references",
     "DELETE FROM blob_ref WHERE account_id = $1 AND blob_id IN "
     "(SELECT blob_id FROM blob_ref WHERE account_id = $1 LIMIT 5000)"},
    {"removal.previews",
     "DELETE FROM blob_preview WHERE account_id = $1 AND blob_id IN "
     "(SELECT blob_id FROM blob_preview WHERE account_id = $1 LIMIT 5000)"},
    {"removal.chunks",
     "DELETE FROM blob_chunk WHERE account_id = $1 AND (blob_id, start) IN "
     "(SELECT blob_id, start FROM blob_chunk WHERE account_id = $1 LIMIT 2000)"},
    {"removal.blobs",
     "DELETE FROM blob WHERE account_id = $1 AND blob_id IN "
     "(SELECT blob_id FROM blob WHERE account_id = $1 LIMIT 2000)"},
};

}  // namespace

absl::StatusOr<bool> RemoveSomeMail(Connection& connection) {
  Transaction transaction(connection);
  const pqxx::result taken = transaction.Exec(kTake);
  if (taken.empty()) {
    return false;
  }
  const auto account_id = taken[0][0].as<int64_t>();
  for (const Statement& step : kSteps) {
    if (transaction.Exec(step, account_id).affected_rows() > 0) {
      transaction.Commit();
      return true;
    }
  }
  transaction.Post(kDone, account_id);
  transaction.Commit();
  return true;
}

}  // namespace posthorn::store
