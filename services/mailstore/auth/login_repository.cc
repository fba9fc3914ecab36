#include "mailstore/auth/login_repository.h"

#include "absl/strings/str_split.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/db/binary_array.h"
#include "mailstore/db/transaction.h"

namespace posthorn::store {
namespace {

constexpr Statement kFind{
    "login.find",
    "SELECT account_id, address, password_record, generation, hidden_capabilities, "
    "EXISTS (SELECT 1 FROM unnest($2::text[], $3::int[], $4::bigint[]) AS most (key, period, n) "
    "JOIN event_count AS e USING (key, period) WHERE e.n >= most.n AND e.started_at + e.period > "
    "extract(epoch FROM now())) FROM (SELECT 1) AS attempt LEFT JOIN login ON address_key = $1"};
constexpr Statement kFindById{
    "login.find_by_id",
    "SELECT account_id, address, password_record, generation, hidden_capabilities FROM login "
    "WHERE account_id = $1"};
constexpr Statement kReplaceRecord{
    "login.replace_record",
    "UPDATE login SET password_record = $3 WHERE account_id = $1 AND password_record = $2"};
constexpr Statement kMakeSecret{
    "server_secret.make",
    "INSERT INTO server_secret (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
constexpr Statement kReadSecret{"server_secret.read",
                                "SELECT secret FROM server_secret WHERE name = $1"};
constexpr Statement kOldSrsKeys{
    "server_secret.old_srs",
    "SELECT secret FROM server_secret WHERE name LIKE 'srs.%' ORDER BY name"};

std::optional<Login> Read(const pqxx::result& rows) {
  if (rows.empty()) {
    return std::nullopt;
  }
  return Login{AccountId(rows[0][0].as<uint64_t>()), rows[0][1].c_str(), rows[0][2].c_str(),
               rows[0][3].as<uint32_t>(),
               absl::StrSplit(rows[0][4].c_str(), ' ', absl::SkipEmpty())};
}

}  // namespace

LoginAttempt FindLogin(Connection& connection, const std::string& key,
                       absl::Span<const EventLimit> limits) {
  BinaryArray keys(BinaryArray::Type::kText);
  BinaryArray periods(BinaryArray::Type::kInt4);
  BinaryArray most(BinaryArray::Type::kInt8);
  for (const EventLimit& limit : limits) {
    keys.AddOctets(limit.key.key);
    periods.AddInt4(static_cast<int32_t>(limit.key.period_seconds));
    most.AddInt8(static_cast<int64_t>(limit.n));
  }
  const pqxx::result rows =
      connection.Exec(kFind, key, keys.Finish(), periods.Finish(), most.Finish());
  LoginAttempt attempt;
  attempt.too_often = rows[0][5].as<bool>();
  if (!rows[0][0].is_null()) {
    attempt.login = Read(rows);
  }
  return attempt;
}

absl::StatusOr<std::optional<Login>> FindLoginById(Connection& connection, AccountId account_id) {
  return Read(connection.Exec(kFindById, static_cast<int64_t>(account_id.value())));
}

absl::Status ReplaceRecord(Connection& connection, const Login& login, const std::string& record) {
  Transaction transaction(connection);
  transaction.Post(kReplaceRecord, static_cast<int64_t>(login.account_id.value()),
                   login.password_record, record);
  transaction.Commit();
  return absl::OkStatus();
}

absl::StatusOr<std::string> LoadServerSecret(Connection& connection, const std::string& name) {
  // Written for good before it is used: a ticket signed with a secret that a crash takes back
  // would be good nowhere.
  Transaction transaction(connection);
  transaction.Post(kMakeSecret, name, Octets(RandomOctets(32)));
  const pqxx::result rows = transaction.Exec(kReadSecret, name);
  if (rows.empty()) {
    return absl::InternalError("server secret cannot be read back");
  }
  const pqxx::binarystring secret(rows[0][0]);
  std::string octets = secret.str();
  transaction.Commit();
  return octets;
}

std::vector<std::string> LoadSrsKeys(Connection& connection) {
  std::vector<std::string> keys;
  if (absl::StatusOr<std::string> key = LoadServerSecret(connection, "srs"); key.ok()) {
    keys.push_back(*std::move(key));
  }
  for (const auto& row : connection.Exec(kOldSrsKeys)) {
    keys.push_back(pqxx::binarystring(row[0]).str());
  }
  return keys;
}

}  // namespace posthorn::store
