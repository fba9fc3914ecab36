#include "mailstore/outbound/tls_report_rows.h"

#include <algorithm>
#include <map>
#include <pqxx/result_iterator.hxx>

#include "mailstore/db/binary_array.h"
#include "mailstore/outbound/queue_sql.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

constexpr int kMostKinds = 1'000;

// The columns that a row is told by, each with its length, so that no two lists of them are one.
#define SESSION_KEY                                                                         \
  "sha256(convert_to(concat_ws('', length(policy_type), ':', policy_type, length(policy), " \
  "':', policy, length(mx_host), ':', mx_host, length(failure_type), ':', failure_type, "   \
  "length(receiving_ip), ':', receiving_ip, sending_ip), 'UTF8'))"
constexpr Statement kCount{
    "tls_session.count",
    "INSERT INTO tls_session_count AS c (day, domain, key, policy_type, policy, mx_host, "
    "failure_type, receiving_ip, sending_ip, successful, failed) SELECT " UNIX_NOW
    " / 86400, domain, " SESSION_KEY
    ", policy_type, policy, mx_host, failure_type, receiving_ip, "
    "sending_ip, sum(successful), sum(failed) FROM unnest($1::text[], $2::text[], $3::text[], "
    "$4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[]) AS t (domain, "
    "policy_type, policy, mx_host, failure_type, receiving_ip, sending_ip, successful, failed) "
    "GROUP BY domain, policy_type, policy, mx_host, failure_type, receiving_ip, sending_ip "
    "ORDER BY 2, 3 ON CONFLICT (day, domain, key) DO UPDATE "
    "SET successful = c.successful + excluded.successful, failed = c.failed + excluded.failed"};
// Before the counts: its lock keeps a report from taking them in between.
constexpr Statement kSaveReceivers{
    "tls_report.save_receivers",
    "INSERT INTO tls_report_receiver AS r (domain, addresses, seen_at) "
    "SELECT domain, string_to_array(addresses, ' '), " UNIX_NOW
    " FROM unnest($1::text[], $2::text[]) AS k (domain, addresses) ORDER BY domain "
    "ON CONFLICT (domain) DO UPDATE SET addresses = excluded.addresses, "
    "seen_at = excluded.seen_at"};

// RFC 8460 4.1 wants reports spread over some hours. $1 is a TlsReportScope.
constexpr Statement kFindDue{
    "tls_report.find_due",
    "SELECT c.day, c.domain, array_to_string(r.addresses, ' ') FROM (SELECT DISTINCT day, domain "
    "FROM tls_session_count WHERE day <= " UNIX_NOW
    " / 86400 AND (day, domain) > ($2::int, $3)) c "
    "JOIN tls_report_receiver r USING (domain) WHERE (c.day + 1) * 86400::bigint + "
    "CASE $1::int WHEN 0 THEN 600 + abs(hashtext(c.domain)::bigint) % 13800 WHEN 1 THEN 0 "
    "ELSE -86400 END <= " UNIX_NOW " ORDER BY c.day, c.domain LIMIT $4"};
constexpr Statement kLockDomain{
    "tls_report.lock_domain",
    "SELECT greatest($2::int * 86400::bigint, reported_until), "
    "least(($2::int + 1) * 86400::bigint, " UNIX_NOW ") - 1, " UNIX_NOW
    " FROM tls_report_receiver WHERE domain = $1 FOR UPDATE SKIP LOCKED"};
constexpr Statement kLoad{
    "tls_report.load",
    "SELECT policy_type, left(policy, 8192), mx_host, failure_type, receiving_ip, sending_ip, "
    "successful, failed FROM tls_session_count WHERE day = $1::int AND domain = $2 "
    "ORDER BY failed DESC, successful DESC, key LIMIT $3"};
constexpr Statement kTake{"tls_report.take",
                          "DELETE FROM tls_session_count WHERE day = $1::int AND domain = $2"};
constexpr Statement kNoteEnd{
    "tls_report.note_end",
    "UPDATE tls_report_receiver SET reported_until = $2::bigint + 1 WHERE domain = $1"};

std::string Join(const google::protobuf::RepeatedPtrField<std::string>& addresses) {
  std::string joined;
  for (const std::string& address : addresses) {
    joined += (joined.empty() ? "" : " ") + address;
  }
  return joined;
}

void SaveReceivers(Transaction& transaction, const v1::CountTlsSessionsRequest& request) {
  std::map<std::string, std::string> receivers;
  for (const v1::TlsReportReceiver& receiver : request.receivers()) {
    receivers[receiver.domain()] = Join(receiver.addresses());
  }
  BinaryArray domains(Type::kText), addresses(Type::kText);
  for (const auto& [domain, joined] : receivers) {
    domains.AddOctets(domain);
    addresses.AddOctets(joined);
  }
  if (!receivers.empty()) {
    transaction.Post(kSaveReceivers, domains.Finish(), addresses.Finish());
  }
}

std::vector<std::string> Split(const std::string& joined) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < joined.size();) {
    const size_t end = std::min(joined.find(' ', begin), joined.size());
    parts.push_back(joined.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

void AddTlsSessions(Connection& connection, const v1::CountTlsSessionsRequest& request) {
  BinaryArray domain(Type::kText), type(Type::kText), policy(Type::kText), mx(Type::kText),
      failure(Type::kText), receiving(Type::kText), sending(Type::kText), successful(Type::kInt8),
      failed(Type::kInt8);
  for (const v1::TlsSessions& one : request.sessions()) {
    domain.AddOctets(one.domain());
    type.AddOctets(one.policy_type());
    policy.AddOctets(one.policy());
    mx.AddOctets(one.mx_host());
    failure.AddOctets(one.failure_type());
    receiving.AddOctets(one.receiving_ip());
    sending.AddOctets(one.sending_ip());
    successful.AddInt8(one.successful());
    failed.AddInt8(one.failed());
  }
  Transaction transaction(connection);
  SaveReceivers(transaction, request);
  transaction.Post(kCount, domain.Finish(), type.Finish(), policy.Finish(), mx.Finish(),
                   failure.Finish(), receiving.Finish(), sending.Finish(), successful.Finish(),
                   failed.Finish());
  transaction.CommitLater();
}

std::vector<DueTlsReport> FindDueTlsReports(Connection& connection, TlsReportScope scope,
                                            const DueTlsReport& after, int limit) {
  std::vector<DueTlsReport> due;
  for (const auto& row :
       connection.Exec(kFindDue, static_cast<int32_t>(scope), after.day, after.domain, limit)) {
    due.push_back({row[0].as<int32_t>(), row[1].c_str(), Split(row[2].c_str())});
  }
  return due;
}

std::optional<TakenTlsSessions> TakeTlsSessions(Transaction& transaction, const DueTlsReport& due) {
  const pqxx::result locked = transaction.Exec(kLockDomain, due.domain, due.day);
  if (locked.empty()) {
    return std::nullopt;
  }
  TakenTlsSessions taken{.begins_at = locked[0][0].as<int64_t>(),
                         .ends_at = locked[0][1].as<int64_t>(),
                         .now = locked[0][2].as<int64_t>()};
  // Two in one second.
  taken.ends_at = std::max(taken.begins_at, taken.ends_at);
  for (const auto& row : transaction.Exec(kLoad, due.day, due.domain, kMostKinds)) {
    v1::TlsSessions& one = taken.sessions.emplace_back();
    one.set_policy_type(row[0].c_str());
    one.set_policy(row[1].c_str());
    one.set_mx_host(row[2].c_str());
    one.set_failure_type(row[3].c_str());
    one.set_receiving_ip(row[4].c_str());
    one.set_sending_ip(row[5].c_str());
    one.set_successful(row[6].as<uint32_t>());
    one.set_failed(row[7].as<uint32_t>());
  }
  if (taken.sessions.empty()) {
    return std::nullopt;
  }
  transaction.Post(kTake, due.day, due.domain);
  transaction.Post(kNoteEnd, due.domain, taken.ends_at);
  return taken;
}

}  // namespace posthorn::store
