#include "mailstore/outbound/queue_change_rows.h"

#include <pqxx/result_iterator.hxx>
#include <string>
#include <utility>
#include <vector>

#include "mailstore/db/binary_array.h"
#include "mailstore/outbound/queue_filter.h"
#include "mailstore/outbound/queued_message_rows.h"

namespace posthorn::store {
namespace {

using Change = v1::ChangeQueueRequest;

// In the order of their ids, so that two changes at a time do not wait for each other.
constexpr Statement kLock{
    "queue_change.lock",
    "SELECT r.recipient_id " QUEUE_MATCHING
    "AND r.recipient_id > $6 ORDER BY r.recipient_id LIMIT $7 FOR UPDATE OF r"};
constexpr Statement kLockMessages{
    "queue_change.lock_messages",
    "SELECT FROM queue_message m WHERE (account_id, blob_id) IN (SELECT account_id, blob_id "
    "FROM queue_recipient WHERE recipient_id = ANY($1::bigint[])) "
    "ORDER BY account_id, blob_id FOR UPDATE"};

// Changes recipients by `what`, tells the log of `event`, and returns their sites and messages.
#define QUEUE_CHANGE(what, event)                                                        \
  "WITH changed AS (" what                                                               \
  " RETURNING r.*), logged AS (INSERT INTO delivery_log (logged_at, message_id, "        \
  "recipient_id, attempts, event, reverse_path, forward_path, status_code, diagnostic, " \
  "remote_mta, remote_address, tls, message_id_field) SELECT " QUEUE_NOW                 \
  ", " QUEUE_ID("c") ", c.recipient_id, c.attempts, '" event                             \
                     "', coalesce(c.reverse_path, m.reverse_path), c.forward_path, '', " \
                     "'by an administrator', '', "                                       \
                     "'', '', m.message_id_field FROM changed c JOIN queue_message m "   \
                     "USING (account_id, blob_id)) "                                     \
                     "SELECT site, account_id, blob_id FROM changed"
#define QUEUE_SET "UPDATE queue_recipient r SET "
#define QUEUE_THOSE " WHERE r.recipient_id = ANY($1::bigint[]) AND "
// next_attempt_at of those that nobody has.
#define QUEUE_DUE(when) \
  "next_attempt_at = CASE WHEN " QUEUE_LEASED " THEN r.next_attempt_at ELSE " when " END"

constexpr Statement kHold{
    "queue_change.hold",
    QUEUE_CHANGE(QUEUE_SET "held = true, leased = " QUEUE_LEASED ", " QUEUE_DUE(QUEUE_NEVER)
                     QUEUE_THOSE "NOT r.held",
                 "held")};
constexpr Statement kRelease{
    "queue_change.release",
    QUEUE_CHANGE(QUEUE_SET "held = false, " QUEUE_DUE(QUEUE_NOW) QUEUE_THOSE "r.held", "released")};
constexpr Statement kRetry{"queue_change.retry",
                           QUEUE_CHANGE(QUEUE_SET "next_attempt_at = " QUEUE_NOW QUEUE_THOSE
                                                  "NOT r.held AND NOT " QUEUE_LEASED,
                                        "retried")};
// The log has another line when the sender is told.
constexpr Statement kBounce{"queue_change.bounce",
                            QUEUE_CHANGE(QUEUE_SET "bounce = true, held = false, " QUEUE_DUE(
                                             QUEUE_NOW) QUEUE_THOSE "NOT r.bounce",
                                         "bounced")};
constexpr Statement kRemove{
    "queue_change.remove",
    QUEUE_CHANGE("DELETE FROM queue_recipient r" QUEUE_THOSE "NOT " QUEUE_LEASED, "removed")};
// Those that could not be deleted, for somebody is sending them: returned without a notification.
constexpr Statement kRemoveLater{
    "queue_change.remove_later",
    QUEUE_CHANGE(QUEUE_SET "bounce = true, held = false, notify = $2" QUEUE_THOSE
                           "NOT (r.bounce AND r.notify = $2)",
                 "removed")};

// $2: whether a site that rests after failures is tried all the same.
constexpr Statement kWake{
    "queue_change.wake",
    "INSERT INTO queue_site AS s (site, next_due) SELECT DISTINCT k, " QUEUE_NOW
    " FROM unnest($1::text[]) k ORDER BY k ON CONFLICT (site) DO UPDATE "
    "SET next_due = least(s.next_due, excluded.next_due), "
    "dead_until = CASE WHEN $2::bool THEN 0 ELSE s.dead_until END"};
// What a statement changed.
struct Changed {
  uint64_t recipients = 0;
  std::vector<std::string> sites;
  std::vector<BlobKey> messages;

  void Add(const pqxx::result& rows) {
    recipients += static_cast<uint64_t>(rows.size());
    for (const auto& row : rows) {
      sites.emplace_back(row[0].c_str());
      messages.push_back({AccountId(row[1].as<uint64_t>()), BlobId(row[2].as<int64_t>())});
    }
  }
};

pqxx::binarystring Ids(const std::vector<int64_t>& values) {
  BinaryArray ids(BinaryArray::Type::kInt8);
  for (const int64_t value : values) {
    ids.AddInt8(value);
  }
  return ids.Finish();
}

Changed Remove(Transaction& transaction, const std::vector<int64_t>& recipients) {
  Changed changed;
  transaction.Post(kLockMessages, Ids(recipients));
  changed.Add(transaction.Exec(kRemove, Ids(recipients)));
  RemoveEmptyMessages(transaction, changed.messages);
  changed.Add(transaction.Exec(kRemoveLater, Ids(recipients), static_cast<int>(v1::NOTIFY_NEVER)));
  return changed;
}

Changed Apply(Transaction& transaction, Change::Change change,
              const std::vector<int64_t>& recipients) {
  Changed changed;
  switch (change) {
    case Change::CHANGE_HOLD:
      changed.Add(transaction.Exec(kHold, Ids(recipients)));
      break;
    case Change::CHANGE_RELEASE:
      changed.Add(transaction.Exec(kRelease, Ids(recipients)));
      break;
    case Change::CHANGE_RETRY:
      changed.Add(transaction.Exec(kRetry, Ids(recipients)));
      break;
    case Change::CHANGE_BOUNCE:
      changed.Add(transaction.Exec(kBounce, Ids(recipients)));
      break;
    case Change::CHANGE_REMOVE:
      changed = Remove(transaction, recipients);
      break;
    default:
      break;
  }
  return changed;
}

void Wake(Transaction& transaction, const std::vector<std::string>& sites, bool revive) {
  BinaryArray names(BinaryArray::Type::kText);
  for (const std::string& site : sites) {
    names.AddOctets(site);
  }
  transaction.Post(kWake, names.Finish(), revive);
}

}  // namespace

QueueChangeStep ChangeQueue(Connection& connection, const v1::QueueFilter& filter,
                            Change::Change change, int64_t after_recipient_id, int limit) {
  Transaction transaction(connection);
  std::vector<int64_t> recipients;
  const QueueFilterParameters parameters(filter);
  for (const auto& row : parameters.Exec(transaction, kLock, after_recipient_id, limit)) {
    recipients.push_back(row[0].as<int64_t>());
  }
  if (recipients.empty()) {
    return {};
  }
  const Changed changed = Apply(transaction, change, recipients);
  Wake(transaction, changed.sites,
       change == Change::CHANGE_RETRY || change == Change::CHANGE_BOUNCE);
  transaction.Commit();
  return {.changed = changed.recipients,
          .last_recipient_id = recipients.back(),
          .more = recipients.size() == static_cast<size_t>(limit)};
}

}  // namespace posthorn::store
