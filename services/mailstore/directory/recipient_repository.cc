#include "mailstore/directory/recipient_repository.h"

#include <pqxx/result_iterator.hxx>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"

namespace posthorn::store {
namespace {

constexpr Statement kIsLocal{"recipient.is_local",
                             "SELECT EXISTS (SELECT FROM domain WHERE domain = $1)"};

// UNION, not UNION ALL: an address that was reached once is not followed again. The limit is one
// above kMaxReachableAddresses and stops the recursion itself.
constexpr Statement kResolve{
    "recipient.resolve",
    "WITH RECURSIVE reach (k) AS ("
    "SELECT CASE WHEN EXISTS (SELECT FROM login WHERE address_key = $1) "
    "OR EXISTS (SELECT FROM alias WHERE address_key = $1) THEN $1 ELSE $2 END COLLATE \"C\" "
    "UNION SELECT a.target_key FROM reach r JOIN alias a ON a.address_key = r.k) "
    "SELECT r.k, l.account_id, a.quota_bytes, a.used_bytes, a.quota_messages, a.used_messages "
    "FROM (SELECT k FROM reach LIMIT 10001) r LEFT JOIN login l ON l.address_key = r.k "
    "LEFT JOIN account a ON a.account_id = l.account_id ORDER BY l.account_id"};

constexpr Statement kOtherPostmaster{
    "recipient.other_postmaster",
    "SELECT k FROM (SELECT 'postmaster@' || domain AS k, created_at, domain FROM domain) d "
    "WHERE EXISTS (SELECT FROM login WHERE address_key = k) "
    "OR EXISTS (SELECT FROM alias WHERE address_key = k) ORDER BY created_at, domain LIMIT 1"};
constexpr Statement kOldestOfDomain{
    "recipient.oldest_of_domain",
    "SELECT address_key FROM login WHERE domain = $1 ORDER BY account_id LIMIT 1"};
constexpr Statement kOldest{"recipient.oldest",
                            "SELECT address_key FROM login ORDER BY account_id LIMIT 1"};

absl::Status NotFound(v1::ErrorDetail::Reason reason, absl::string_view message) {
  return rpc::MakeError(absl::StatusCode::kNotFound, reason, message);
}

absl::Status TooMany() {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                        "the alias reaches too many addresses");
}

// Accounts may be empty: the key is not known.
absl::StatusOr<Recipient> Resolve(Connection& connection, const std::string& key,
                                  const std::string& base_key) {
  const pqxx::result rows = connection.Exec(kResolve, key, base_key);
  if (rows.size() > kMaxReachableAddresses) {
    return TooMany();
  }
  Recipient recipient;
  recipient.sub_address = key != base_key;
  for (const auto& row : rows) {
    if (key == row[0].c_str()) {
      recipient.sub_address = false;
    }
    // An account that is being removed may have its login without its usage for a moment.
    if (!row[1].is_null() && !row[2].is_null()) {
      recipient.accounts.push_back({.account_id = AccountId(row[1].as<uint64_t>()),
                                    .quota_bytes = row[2].as<int64_t>(),
                                    .used_bytes = row[3].as<int64_t>(),
                                    .quota_messages = row[4].as<int64_t>(),
                                    .used_messages = row[5].as<int64_t>()});
    }
  }
  if (recipient.accounts.size() > kMaxRecipientAccounts) {
    return TooMany();
  }
  return recipient;
}

// Whose mail postmaster's is in a domain that has none; empty without any account.
std::string StandInPostmaster(Connection& connection, const std::string& domain) {
  if (const pqxx::result other = connection.Exec(kOtherPostmaster); !other.empty()) {
    return other[0][0].c_str();
  }
  if (const pqxx::result oldest = connection.Exec(kOldestOfDomain, domain); !oldest.empty()) {
    return oldest[0][0].c_str();
  }
  const pqxx::result oldest = connection.Exec(kOldest);
  return oldest.empty() ? std::string() : std::string(oldest[0][0].c_str());
}

}  // namespace

absl::StatusOr<Recipient> FindRecipient(Connection& connection, const LocalAddress& address) {
  absl::StatusOr<Recipient> recipient = Resolve(connection, address.key, address.base_key);
  if (!recipient.ok() || !recipient->accounts.empty()) {
    return recipient;
  }
  if (!address.domain.empty() && !connection.Exec(kIsLocal, address.domain)[0][0].as<bool>()) {
    return NotFound(v1::ErrorDetail::REASON_NOT_LOCAL,
                    absl::StrCat(address.domain, " is not served here"));
  }
  if (address.is_postmaster) {
    const std::string key = StandInPostmaster(connection, address.domain);
    recipient = Resolve(connection, key, key);
    if (!recipient.ok() || !recipient->accounts.empty()) {
      return recipient;
    }
  }
  return NotFound(v1::ErrorDetail::REASON_UNKNOWN_RECIPIENT, "there is no such recipient here");
}

}  // namespace posthorn::store
