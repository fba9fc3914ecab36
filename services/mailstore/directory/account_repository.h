// Accounts as the administration sees them: a login with what it may use. All functions block and
// are for Pool::Run; they throw what libpqxx throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/directory/local_address.h"
#include "mailstore/ids.h"
#include "mailstore/outbound/dkim_key_rows.h"

namespace posthorn::store {

struct NewAccount {
  LocalAddress address;
  std::string password_record;  // PHC string
  int64_t quota_bytes = 0;      // 0: no limit
};

struct AccountUsage {
  AccountId account_id;
  std::string address;
  int64_t quota_bytes = 0;
  int64_t used_bytes = 0;
  int64_t used_messages = 0;
};

struct MailboxUsage {
  std::string name;
  int64_t messages = 0;
  int64_t unseen = 0;
  int64_t size = 0;
};

// ALREADY_EXISTS (REASON_ADDRESS_EXISTS), naming the first of the addresses that an account or an
// alias has.
absl::Status CheckAddressesFree(Connection& connection, absl::Span<const NewAccount> accounts);

// Keys of domains that were missing.
using DomainKeys = absl::flat_hash_map<std::string, std::vector<NewDkimKey>>;

// The domains of the accounts that do not exist.
absl::StatusOr<std::vector<std::string>> FindMissingDomains(Connection& connection,
                                                            absl::Span<const NewAccount> accounts);

// Makes all of them or none, each with INBOX and the special-use mailboxes, and their domains where
// missing, which sign with `keys`. Ids ascend in the order given. ALREADY_EXISTS as above; ABORTED
// if a domain is missing that has no keys.
absl::StatusOr<std::vector<AccountId>> AddAccounts(Connection& connection,
                                                   absl::Span<const NewAccount> accounts,
                                                   const DomainKeys& keys);

// By address, those after `after` (a key, may be empty) and at most `limit`. Empty domain: all.
absl::StatusOr<std::vector<AccountUsage>> ListAccounts(Connection& connection,
                                                       const std::string& domain,
                                                       const std::string& after, int limit);

// The following give NOT_FOUND (REASON_NOT_FOUND) for an unknown key.

// Ends the login, its aliases and its mailboxes at once; messages are left to RemoveMail.
absl::Status RemoveAccount(Connection& connection, const LocalAddress& address);
absl::Status SetPassword(Connection& connection, const std::string& key,
                         const std::string& password_record);
// What is absent stays as it is; 0: no limit.
struct QuotaChange {
  std::optional<int64_t> bytes;
  std::optional<int64_t> messages;
  std::optional<int32_t> mailboxes;
  std::optional<bool> may_set_quota;
};
absl::Status SetQuota(Connection& connection, const std::string& key, const QuotaChange& change);
// Recipients that the account may send to in a day; 0: as many as the service lets everyone.
absl::Status SetSendingLimit(Connection& connection, const std::string& key,
                             int32_t recipients_per_day);
absl::StatusOr<std::vector<MailboxUsage>> ListAccountMailboxes(Connection& connection,
                                                               const std::string& key);

}  // namespace posthorn::store
