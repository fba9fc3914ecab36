#include "mailstore/outbound/queue_admin_rows.h"

#include <algorithm>
#include <pqxx/result_iterator.hxx>

#include "absl/strings/numbers.h"
#include "mailstore/db/binary_array.h"
#include "mailstore/outbound/queue_filter.h"

namespace posthorn::store {
namespace {

constexpr Statement kList{
    "queue_admin.list",
    "SELECT " QUEUE_ID("r") ", r.recipient_id, coalesce(r.reverse_path, m.reverse_path), "
    "r.forward_path, r.site, r.attempts, m.created_at, "
    "CASE WHEN r.next_attempt_at = " QUEUE_NEVER " THEN 0 ELSE r.next_attempt_at / 1000 END, "
    "m.expires_at, r.held, " QUEUE_LEASED ", r.diagnostic, m.size, r.priority "
    QUEUE_MATCHING "AND r.recipient_id > $6 ORDER BY r.recipient_id LIMIT $7"};
constexpr Statement kCount{
    "queue_admin.count",
    "SELECT count(*), count(DISTINCT (r.account_id, r.blob_id)) " QUEUE_MATCHING};
constexpr Statement kEnvelope{
    "queue_admin.envelope",
    "SELECT envelope FROM queue_message WHERE account_id = $1 AND blob_id = $2"};

#define LOG_COLUMNS                                                                       \
  "SELECT message_id, recipient_id, logged_at, event, reverse_path, forward_path, "       \
  "status_code, diagnostic, remote_mta, remote_address, tls, attempts, message_id_field " \
  "FROM delivery_log "
constexpr Statement kHistory{"queue_admin.history", LOG_COLUMNS
                             "WHERE message_id = $1 ORDER BY logged_at DESC, recipient_id DESC "
                             "LIMIT $2"};
// Indexes know the first line of each recipient; its message has the others. Addresses stand in
// them from the end: those of a domain begin with it.
#define LOG_MESSAGES(condition) \
  "SELECT message_id FROM delivery_log WHERE event = 'queued' AND " condition
constexpr Statement kSearchAddress{
    "queue_admin.search_address", LOG_COLUMNS
    "WHERE message_id = ANY (ARRAY(" LOG_MESSAGES(
        "reverse(lower(forward_path)) = reverse(lower($1::text))") " UNION ALL "
    LOG_MESSAGES("reverse(lower(reverse_path)) = reverse(lower($1::text))") " UNION ALL "
    LOG_MESSAGES("lower(message_id_field) IN (lower($1::text), '<' || lower($1::text) || '>')")
    ")) AND (lower($1::text) IN (lower(reverse_path), lower(forward_path), "
    "lower(message_id_field)) OR lower(message_id_field) = '<' || lower($1::text) || '>') "
    "ORDER BY logged_at DESC LIMIT $2"};
// A range and not LIKE, which takes no index with a parameter. Nothing follows U+10FFFF.
#define LOG_IN_DOMAIN(path)                                                                     \
  LOG_MESSAGES("reverse(lower(" path ")) ~>=~ reverse(lower($1::text)) AND reverse(lower(" path \
               ")) ~<~ (reverse(lower($1::text)) || chr(1114111))")
constexpr Statement kSearchDomain{
    "queue_admin.search_domain", LOG_COLUMNS
    "WHERE message_id = ANY (ARRAY(" LOG_IN_DOMAIN("forward_path") " UNION ALL "
    LOG_IN_DOMAIN("reverse_path")
    ")) AND lower($1::text) IN (lower(right(reverse_path, length($1::text))), "
    "lower(right(forward_path, length($1::text)))) ORDER BY logged_at DESC LIMIT $2"};

v1::QueueEntry ReadEntry(const pqxx::row& row) {
  v1::QueueEntry entry;
  entry.set_message_id(row[0].as<uint64_t>());
  entry.set_recipient_id(row[1].as<uint64_t>());
  entry.set_reverse_path(row[2].c_str());
  entry.set_forward_path(row[3].c_str());
  entry.set_site(row[4].c_str());
  entry.set_attempts(row[5].as<uint32_t>());
  entry.set_created_at_unix_seconds(row[6].as<int64_t>());
  entry.set_next_attempt_at_unix_seconds(row[7].as<int64_t>());
  entry.set_expires_at_unix_seconds(row[8].as<int64_t>());
  entry.set_held(row[9].as<bool>());
  entry.set_leased(row[10].as<bool>());
  entry.set_last_diagnostic(row[11].c_str());
  entry.set_size(row[12].as<uint64_t>());
  entry.set_priority(row[13].as<int32_t>());
  return entry;
}

std::vector<v1::LogEntry> ReadLog(const pqxx::result& rows) {
  std::vector<v1::LogEntry> entries;
  for (const auto& row : rows) {
    v1::LogEntry& entry = entries.emplace_back();
    entry.set_message_id(row[0].as<uint64_t>());
    entry.set_recipient_id(row[1].as<uint64_t>());
    entry.set_at_unix_milliseconds(row[2].as<int64_t>());
    entry.set_event(row[3].c_str());
    entry.set_reverse_path(row[4].c_str());
    entry.set_forward_path(row[5].c_str());
    entry.set_status_code(row[6].c_str());
    entry.set_diagnostic(row[7].c_str());
    entry.set_remote_mta(row[8].c_str());
    entry.set_remote_address(row[9].c_str());
    entry.set_tls(row[10].c_str());
    entry.set_attempts(row[11].as<uint32_t>());
    entry.set_message_id_field(row[12].c_str());
  }
  return entries;
}

}  // namespace

std::vector<v1::QueueEntry> ListQueue(Connection& connection, const v1::QueueFilter& filter,
                                      uint64_t after_recipient_id, int limit) {
  const QueueFilterParameters parameters(filter);
  std::vector<v1::QueueEntry> entries;
  for (const auto& row :
       parameters.Exec(connection, kList, static_cast<int64_t>(after_recipient_id), limit)) {
    entries.push_back(ReadEntry(row));
  }
  return entries;
}

QueueTotals CountQueue(Connection& connection, const v1::QueueFilter& filter) {
  const pqxx::result rows = QueueFilterParameters(filter).Exec(connection, kCount);
  return {rows[0][0].as<uint64_t>(), rows[0][1].as<uint64_t>()};
}

std::optional<v1::OutboundEnvelope> LoadQueuedEnvelope(Connection& connection,
                                                       uint64_t message_id) {
  const std::optional<BlobKey> key = FromQueueId(message_id);
  if (!key.has_value()) {
    return std::nullopt;
  }
  const pqxx::result rows = connection.Exec(kEnvelope, key->account.value(), key->blob.value());
  v1::OutboundEnvelope envelope;
  if (rows.empty() || !envelope.ParseFromString(pqxx::binarystring(rows[0][0]).str())) {
    return std::nullopt;
  }
  return envelope;
}

std::vector<v1::LogEntry> LoadHistory(Connection& connection, uint64_t message_id, int limit) {
  std::vector<v1::LogEntry> entries =
      ReadLog(connection.Exec(kHistory, static_cast<int64_t>(message_id), limit));
  std::reverse(entries.begin(), entries.end());
  return entries;
}

std::vector<v1::LogEntry> SearchLog(Connection& connection, const std::string& text, int limit) {
  uint64_t message_id = 0;
  if (absl::SimpleAtoi(text, &message_id)) {
    return ReadLog(connection.Exec(kHistory, static_cast<int64_t>(message_id), limit));
  }
  return ReadLog(
      connection.Exec(text.front() == '@' ? kSearchDomain : kSearchAddress, text, limit));
}

}  // namespace posthorn::store
