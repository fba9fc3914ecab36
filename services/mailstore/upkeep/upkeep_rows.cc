#include "mailstore/upkeep/upkeep_rows.h"

#include "mailstore/db/transaction.h"

namespace posthorn::store {
namespace {

// Keys in a space of our own. Held to the end of the step.
constexpr Statement kTryLock{"upkeep.try_lock", "SELECT pg_try_advisory_xact_lock($1)"};
constexpr int64_t kLockBase = 5068372711250641100;
enum class Step { kBodies = 1, kResults = 2, kLog = 3, kReservations = 4, kQueue = 5 };

constexpr Statement kTakeDue{
    "upkeep.take_due",
    "SELECT account_id, blob_id FROM blob_gc WHERE due_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED"};
constexpr Statement kDeleteChunks{
    "upkeep.delete_chunks",
    "DELETE FROM blob_chunk c USING unnest($1::bigint[], $2::bigint[]) AS k (account_id, blob_id) "
    "WHERE c.account_id = ANY ($1::bigint[]) AND c.account_id = k.account_id "
    "AND c.blob_id = k.blob_id"};
constexpr Statement kDeleteBlobs{
    "upkeep.delete_blobs",
    "DELETE FROM blob b USING unnest($1::bigint[], $2::bigint[]) AS k (account_id, blob_id) "
    "WHERE b.account_id = ANY ($1::bigint[]) AND b.account_id = k.account_id "
    "AND b.blob_id = k.blob_id"};
constexpr Statement kDeletePreviews{
    "upkeep.delete_previews",
    "DELETE FROM blob_preview p USING unnest($1::bigint[], $2::bigint[]) "
    "AS k (account_id, blob_id) WHERE p.account_id = ANY ($1::bigint[]) "
    "AND p.account_id = k.account_id AND p.blob_id = k.blob_id"};
constexpr Statement kDeleteDue{
    "upkeep.delete_due",
    "DELETE FROM blob_gc g USING unnest($1::bigint[], $2::bigint[]) AS k (account_id, blob_id) "
    "WHERE g.account_id = ANY ($1::bigint[]) AND g.account_id = k.account_id "
    "AND g.blob_id = k.blob_id"};

constexpr Statement kDeleteResults{
    "upkeep.delete_results",
    "DELETE FROM idempotency WHERE (account_id, key) IN "
    "(SELECT account_id, key FROM idempotency WHERE created_at < $1 LIMIT $2)"};

// The commit that ends a reservation comes after those that used it, so while it lasts they do.
constexpr Statement kEndReservations{
    "upkeep.end_reservations",
    "UPDATE mailbox SET reserved_modseq = 0 WHERE (account_id, mailbox_id) IN "
    "(SELECT account_id, mailbox_id FROM mailbox WHERE reserved_modseq > 0 LIMIT $1 "
    "FOR UPDATE SKIP LOCKED)"};

constexpr Statement kOldChanges{
    "upkeep.old_changes",
    "SELECT account_id, mailbox_id, max(modseq) FROM (SELECT account_id, mailbox_id, modseq "
    "FROM change_log WHERE logged_at < $1 LIMIT $2) old GROUP BY account_id, mailbox_id "
    "ORDER BY account_id, mailbox_id"};
constexpr Statement kRaiseFloor{
    "upkeep.raise_floor",
    "UPDATE mailbox SET log_floor_modseq = greatest(log_floor_modseq, $3) "
    "WHERE account_id = $1 AND mailbox_id = $2"};
constexpr Statement kDeleteChanges{
    "upkeep.delete_changes",
    "DELETE FROM change_log WHERE account_id = $1 AND mailbox_id = $2 AND modseq <= $3"};

constexpr Statement kDeleteLog{
    "upkeep.delete_delivery_log",
    "DELETE FROM delivery_log WHERE ctid IN (SELECT ctid FROM delivery_log "
    "WHERE logged_at < $1::bigint * 1000 LIMIT $2)"};
// Each with the time in Unix seconds and how many at most; few rows, or found by a scan of few.
// A site is known for a day after its last mail. Its lock keeps away those who enqueue for it.
constexpr Statement kDeleteIdle[] = {
    {"upkeep.delete_sites",
     "DELETE FROM queue_site WHERE site IN (SELECT site FROM queue_site s "
     "WHERE s.next_due = 9223372036854775807 AND NOT s.suspended "
     "AND s.used_at < ($1::bigint - 86400) * 1000 AND s.dead_until < $1::bigint * 1000 "
     "ORDER BY site LIMIT $2 FOR UPDATE SKIP LOCKED) AND next_due = 9223372036854775807 "
     "AND NOT EXISTS (SELECT FROM queue_recipient r WHERE r.site = queue_site.site)"},
    {"upkeep.delete_slots",
     "DELETE FROM queue_slot WHERE (site, number) IN (SELECT site, number FROM queue_slot "
     "WHERE lease_until < ($1::bigint - 86400) * 1000 LIMIT $2 FOR UPDATE SKIP LOCKED)"},
    {"upkeep.delete_sending_counts",
     "DELETE FROM sending_count WHERE (account_id, day) IN (SELECT account_id, day "
     "FROM sending_count WHERE day < $1::bigint / 86400 - 1 LIMIT $2)"},
    {"upkeep.delete_greylist",
     "DELETE FROM greylist WHERE key IN (SELECT key FROM greylist WHERE last_seen < $1::bigint - "
     "CASE passes WHEN 0 THEN 86400 ELSE 3110400 END LIMIT $2)"},
    {"upkeep.delete_event_counts",
     "DELETE FROM event_count WHERE (key, period) IN (SELECT key, period FROM event_count "
     "WHERE started_at + 2 * period < $1::bigint LIMIT $2)"},
    {"upkeep.delete_sts_policies",
     "DELETE FROM sts_policy WHERE domain IN (SELECT domain FROM sts_policy "
     "WHERE fetched_at + max_age < $1::bigint LIMIT $2)"},
    // Nobody wanted a report of them, or none could be sent.
    {"upkeep.delete_tls_sessions",
     "DELETE FROM tls_session_count WHERE (day, domain, key) IN (SELECT day, domain, key "
     "FROM tls_session_count WHERE day < $1::bigint / 86400 - 3 LIMIT $2)"},
    {"upkeep.delete_tls_receivers",
     "DELETE FROM tls_report_receiver WHERE domain IN (SELECT domain FROM tls_report_receiver "
     "WHERE seen_at < $1::bigint - 30 * 86400 LIMIT $2)"},
};

bool TryLock(Transaction& transaction, Step step) {
  return transaction.Exec(kTryLock, kLockBase + static_cast<int64_t>(step))[0][0].as<bool>();
}

}  // namespace

absl::StatusOr<bool> DeleteDueBodies(Connection& connection, int64_t now) {
  Transaction transaction(connection);
  if (!TryLock(transaction, Step::kBodies)) {
    return false;
  }
  const pqxx::result due = transaction.Exec(kTakeDue, now, kUpkeepBodies);
  if (due.empty()) {
    return false;
  }
  std::string accounts = "{";
  std::string blobs = "{";
  for (const auto& row : due) {
    accounts.append(accounts.size() > 1 ? "," : "").append(row[0].c_str());
    blobs.append(blobs.size() > 1 ? "," : "").append(row[1].c_str());
  }
  accounts += "}";
  blobs += "}";
  transaction.Post(kDeleteChunks, accounts, blobs);
  transaction.Post(kDeleteBlobs, accounts, blobs);
  transaction.Post(kDeletePreviews, accounts, blobs);
  transaction.Post(kDeleteDue, accounts, blobs);
  transaction.Commit();
  return due.size() == kUpkeepBodies;
}

absl::StatusOr<bool> DeleteOldResults(Connection& connection, int64_t before) {
  Transaction transaction(connection);
  if (!TryLock(transaction, Step::kResults)) {
    return false;
  }
  const pqxx::result deleted = transaction.Exec(kDeleteResults, before, kUpkeepRows);
  transaction.Commit();
  return deleted.affected_rows() == kUpkeepRows;
}

absl::StatusOr<bool> EndReservations(Connection& connection) {
  Transaction transaction(connection);
  if (!TryLock(transaction, Step::kReservations)) {
    return false;
  }
  const pqxx::result ended = transaction.Exec(kEndReservations, kUpkeepRows);
  transaction.Commit();
  return ended.affected_rows() == kUpkeepRows;
}

absl::StatusOr<bool> TrimQueue(Connection& connection, int64_t now, int64_t log_before) {
  Transaction transaction(connection);
  if (!TryLock(transaction, Step::kQueue)) {
    return false;
  }
  bool more = transaction.Exec(kDeleteLog, log_before, kUpkeepRows).affected_rows() == kUpkeepRows;
  for (const Statement& statement : kDeleteIdle) {
    more = transaction.Exec(statement, now, kUpkeepRows).affected_rows() == kUpkeepRows || more;
  }
  transaction.Commit();
  return more;
}

absl::StatusOr<bool> TrimChangeLog(Connection& connection, int64_t before) {
  Transaction transaction(connection);
  if (!TryLock(transaction, Step::kLog)) {
    return false;
  }
  const pqxx::result old = transaction.Exec(kOldChanges, before, kUpkeepRows);
  // Mailboxes in order of their keys, as every transaction locks them.
  for (const auto& row : old) {
    const auto account = row[0].as<int64_t>();
    const auto mailbox = row[1].as<int32_t>();
    const auto modseq = row[2].as<int64_t>();
    transaction.Post(kRaiseFloor, account, mailbox, modseq);
    transaction.Post(kDeleteChanges, account, mailbox, modseq);
  }
  transaction.Commit();
  return !old.empty();
}

}  // namespace posthorn::store
