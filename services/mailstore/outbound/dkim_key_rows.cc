#include "mailstore/outbound/dkim_key_rows.h"

#include <pqxx/result_iterator.hxx>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mail/dkim_key.h"
#include "mailstore/directory/domain_repository.h"

namespace posthorn::store {
namespace {

using Change = v1::ChangeDkimKeyRequest;
using State = v1::DkimKey::State;

#define UNIX_NOW "extract(epoch FROM now())::bigint"
#define DKIM_COLUMNS "domain, selector, algorithm, state, created_at, changed_at, private_key"
// $3: the selector, or empty: the month with a letter, and the first number that is free.
constexpr Statement kAdd{
    "dkim.add",
    "INSERT INTO dkim_key (domain, selector, algorithm, state, private_key, created_at, "
    "changed_at) SELECT $1, coalesce(nullif($3::text, ''), (SELECT c FROM (SELECT n, "
    "to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') || CASE $2::int WHEN 1 THEN 'r' ELSE 'e' END || "
    "CASE n WHEN 1 THEN '' ELSE n::text END AS c FROM generate_series(1, 1000) n) t "
    "WHERE NOT EXISTS (SELECT FROM dkim_key WHERE domain = $1 AND selector = c) "
    "ORDER BY n LIMIT 1)), $2::int, $4::int, $5, " UNIX_NOW ", " UNIX_NOW
    " ON CONFLICT DO NOTHING RETURNING " DKIM_COLUMNS};
constexpr Statement kCount{
    "dkim.count",
    "SELECT count(*), count(*) FILTER (WHERE algorithm = $2) FROM dkim_key WHERE domain = $1"};
constexpr Statement kList{"dkim.list", "SELECT " DKIM_COLUMNS
                                       " FROM dkim_key WHERE $1::text IN ('', domain) "
                                       "ORDER BY domain, created_at DESC, selector DESC"};
constexpr Statement kFind{
    "dkim.find",
    "SELECT algorithm, state FROM dkim_key WHERE domain = $1 AND selector = $2 FOR UPDATE"};
// Those of the algorithm that sign, but for one.
constexpr Statement kRetireOthers{
    "dkim.retire_others", "UPDATE dkim_key SET state = 3, changed_at = " UNIX_NOW
                          " WHERE domain = $1 AND algorithm = $2 AND selector <> $3 AND state = 2"};
constexpr Statement kSetState{"dkim.set_state",
                              "UPDATE dkim_key SET state = $3, changed_at = " UNIX_NOW
                              " WHERE domain = $1 AND selector = $2 RETURNING " DKIM_COLUMNS};
constexpr Statement kRemove{
    "dkim.remove",
    "DELETE FROM dkim_key WHERE domain = $1 AND selector = $2 RETURNING " DKIM_COLUMNS};
static_assert(v1::DkimKey::STATE_SIGNING == 2 && v1::DkimKey::STATE_RETIRED == 3 &&
              v1::DKIM_RSA_SHA256 == 1);

absl::StatusOr<v1::DkimKey> ReadKey(const pqxx::row& row) {
  const absl::StatusOr<mail::DkimKey> parsed = mail::DkimKey::FromPem(row[6].c_str());
  if (!parsed.ok()) {
    return absl::DataLossError(
        absl::StrCat("the key ", row[1].c_str(), " of ", row[0].c_str(), " cannot be read"));
  }
  absl::StatusOr<std::string> record = mail::DkimRecord(*parsed);
  if (!record.ok()) {
    return record.status();
  }
  v1::DkimKey key;
  key.set_domain(row[0].c_str());
  key.set_selector(row[1].c_str());
  key.set_algorithm(static_cast<v1::DkimAlgorithm>(row[2].as<int>()));
  key.set_state(static_cast<State>(row[3].as<int>()));
  key.set_created_at_unix_seconds(row[4].as<int64_t>());
  key.set_changed_at_unix_seconds(row[5].as<int64_t>());
  key.set_record(*std::move(record));
  return key;
}

absl::Status NoSuchKey(absl::string_view domain, absl::string_view selector) {
  return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                        absl::StrCat("domain ", domain, " has no key ", selector));
}

pqxx::result Insert(Transaction& transaction, const std::string& domain,
                    const std::string& selector, const NewDkimKey& key, State state) {
  return transaction.Exec(kAdd, domain, static_cast<int>(key.algorithm), selector,
                          static_cast<int>(state), key.private_key);
}

}  // namespace

void AddFirstDkimKeys(Transaction& transaction, const std::string& domain,
                      absl::Span<const NewDkimKey> keys) {
  for (const NewDkimKey& key : keys) {
    Insert(transaction, domain, "", key, v1::DkimKey::STATE_SIGNING);
  }
}

absl::StatusOr<v1::DkimKey> AddDkimKey(Connection& connection, const std::string& domain,
                                       const std::string& selector, const NewDkimKey& key,
                                       bool sign) {
  Transaction transaction(connection);
  if (absl::Status locked = LockDomains(transaction, {domain}); !locked.ok()) {
    return locked;
  }
  const auto algorithm = static_cast<int>(key.algorithm);
  const pqxx::result counts = transaction.Exec(kCount, domain, algorithm);
  if (counts[0][0].as<int>() >= kMaxDkimKeys) {
    return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                          absl::StrCat("domain ", domain, " has ", kMaxDkimKeys, " keys"));
  }
  sign = sign || counts[0][1].as<int>() == 0;
  const pqxx::result added =
      Insert(transaction, domain, selector, key,
             sign ? v1::DkimKey::STATE_SIGNING : v1::DkimKey::STATE_PUBLISHED);
  if (added.empty()) {
    return rpc::MakeError(absl::StatusCode::kAlreadyExists, v1::ErrorDetail::REASON_ADDRESS_EXISTS,
                          absl::StrCat("domain ", domain, " has a key ", selector, " already"));
  }
  if (sign) {
    transaction.Post(kRetireOthers, domain, algorithm, added[0][1].c_str());
  }
  absl::StatusOr<v1::DkimKey> result = ReadKey(added[0]);
  if (result.ok()) {
    transaction.Commit();
  }
  return result;
}

absl::StatusOr<std::vector<v1::DkimKey>> ListDkimKeys(Connection& connection,
                                                      const std::string& domain) {
  std::vector<v1::DkimKey> keys;
  for (const auto& row : connection.Exec(kList, domain)) {
    absl::StatusOr<v1::DkimKey> key = ReadKey(row);
    if (!key.ok()) {
      return key.status();
    }
    keys.push_back(*std::move(key));
  }
  return keys;
}

absl::StatusOr<v1::DkimKey> ChangeDkimKey(Connection& connection, const std::string& domain,
                                          const std::string& selector, Change::Change change) {
  Transaction transaction(connection);
  if (absl::Status locked = LockDomains(transaction, {domain}); !locked.ok()) {
    return locked;
  }
  const pqxx::result found = transaction.Exec(kFind, domain, selector);
  if (found.empty()) {
    return NoSuchKey(domain, selector);
  }
  pqxx::result changed;
  if (change == Change::CHANGE_REMOVE) {
    if (found[0][1].as<int>() == v1::DkimKey::STATE_SIGNING) {
      return absl::FailedPreconditionError(absl::StrCat("key ", selector, " signs; retire it"));
    }
    changed = transaction.Exec(kRemove, domain, selector);
  } else {
    const bool sign = change == Change::CHANGE_SIGN;
    if (sign) {
      transaction.Post(kRetireOthers, domain, found[0][0].as<int>(), selector);
    }
    changed = transaction.Exec(
        kSetState, domain, selector,
        static_cast<int>(sign ? v1::DkimKey::STATE_SIGNING : v1::DkimKey::STATE_RETIRED));
  }
  absl::StatusOr<v1::DkimKey> key = ReadKey(changed[0]);
  if (key.ok()) {
    transaction.Commit();
  }
  return key;
}

}  // namespace posthorn::store
