#include "mailstore/directory/recipient_repository.h"

#include <algorithm>
#include <optional>
#include <pqxx/result_iterator.hxx>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/status.h"
#include "mail/mailbox_address.h"
#include "mail/srs.h"
#include "mailstore/auth/login_repository.h"

namespace posthorn::store {
namespace {

constexpr Statement kIsLocal{"recipient.is_local",
                             "SELECT EXISTS (SELECT FROM domain WHERE domain = $1)"};

// UNION, not UNION ALL: an address that was reached once is not followed again. The limit is one
// above kMaxReachableAddresses and stops the recursion itself.
constexpr Statement kResolve{
    "recipient.resolve",
    "WITH RECURSIVE reach (k) AS ("
    "SELECT coalesce((SELECT k FROM unnest(ARRAY[$1, $2]) WITH ORDINALITY AS t (k, n) "
    "WHERE EXISTS (SELECT FROM login WHERE address_key = k) "
    "OR EXISTS (SELECT FROM alias WHERE address_key = k) ORDER BY n LIMIT 1), $3) COLLATE \"C\" "
    "UNION SELECT a.target_key FROM reach r JOIN alias a ON a.address_key = r.k "
    "AND NOT a.outside) "
    "SELECT r.k, l.account_id, a.quota_bytes, a.used_bytes, a.quota_messages, a.used_messages, "
    "f.target, f.target_key FROM (SELECT k FROM reach LIMIT 10001) r LEFT JOIN login l ON "
    "l.address_key = r.k "
    "LEFT JOIN account a ON a.account_id = l.account_id "
    "LEFT JOIN alias f ON f.address_key = r.k AND f.outside "
    "ORDER BY l.account_id, f.target_key LIMIT 10001"};

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

std::string CatchAllOf(absl::string_view key) {
  const size_t at = key.rfind('@');
  return std::string(at == absl::string_view::npos ? key : key.substr(at));
}

// Accounts and forwards may be empty: the key is not known.
absl::StatusOr<Recipient> Resolve(Connection& connection, const std::string& key,
                                  const std::string& base_key) {
  const pqxx::result rows = connection.Exec(kResolve, key, base_key, CatchAllOf(key));
  if (rows.size() > kMaxReachableAddresses) {
    return TooMany();
  }
  Recipient recipient;
  recipient.sub_address = key != base_key;
  std::set<std::string> outside;
  for (const auto& row : rows) {
    if (key == row[0].c_str() || row[0].c_str()[0] == '@') {
      recipient.sub_address = false;
    }
    if (!row[7].is_null() && outside.insert(row[7].c_str()).second) {
      recipient.forwards.emplace_back(row[6].c_str());
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
  if (recipient.accounts.size() > kMaxRecipientAccounts ||
      recipient.forwards.size() > kMaxRecipientAccounts) {
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

bool IsSomebody(const Recipient& recipient) {
  return !recipient.accounts.empty() || !recipient.forwards.empty();
}

// The sender behind an address that we made for forwarded mail; none if it is no such address, or
// was forged, or is too old.
std::optional<Recipient> FindRewritten(Connection& connection, const LocalAddress& address) {
  const auto parsed = mail::ParseMailboxAddress(address.text);
  if (!parsed.ok() || address.domain.empty() || !mail::IsSrsLocalPart(parsed->local_part)) {
    return std::nullopt;
  }
  const auto sender = mail::SrsReverse(parsed->local_part, LoadSrsKeys(connection),
                                       absl::ToUnixSeconds(absl::Now()) / 86'400);
  if (!sender.ok()) {
    return std::nullopt;
  }
  return Recipient{.forwards = {sender->ToString()}, .rewritten_sender = true};
}

}  // namespace

absl::StatusOr<Recipient> FindRecipient(Connection& connection, const LocalAddress& address) {
  // First, for it is all that mail on its way out costs: addresses here are of domains here.
  if (!address.domain.empty() && !connection.Exec(kIsLocal, address.domain)[0][0].as<bool>()) {
    return NotFound(v1::ErrorDetail::REASON_NOT_LOCAL,
                    absl::StrCat(address.domain, " is not served here"));
  }
  if (auto sender = FindRewritten(connection, address); sender.has_value()) {
    return *std::move(sender);
  }
  absl::StatusOr<Recipient> recipient = Resolve(connection, address.key, address.base_key);
  if (!recipient.ok() || IsSomebody(*recipient)) {
    return recipient;
  }
  if (address.is_postmaster) {
    const std::string key = StandInPostmaster(connection, address.domain);
    recipient = Resolve(connection, key, key);
    if (!recipient.ok() || IsSomebody(*recipient)) {
      return recipient;
    }
  }
  return NotFound(v1::ErrorDetail::REASON_UNKNOWN_RECIPIENT, "there is no such recipient here");
}

}  // namespace posthorn::store
