// Table account: what accounts use and may use.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

struct AccountState {
  AccountId id;
  int64_t used_bytes = 0;
  int64_t used_messages = 0;
  int64_t quota_bytes = 0;      // 0: no limit
  int64_t quota_messages = 0;   // 0: no limit
  int32_t quota_mailboxes = 0;  // 0: no limit
  int64_t next_blob_id = 1;
  int32_t next_mailbox_id = 1;
  int32_t last_uidvalidity = 0;
};

// What AccountOf() reads, in the table `a`.
#define POSTHORN_ACCOUNT_COLUMNS                                                 \
  "a.account_id, a.used_bytes, a.used_messages, a.quota_bytes, a.next_blob_id, " \
  "a.next_mailbox_id, a.last_uidvalidity, a.quota_messages, a.quota_mailboxes"
inline constexpr int kAccountColumns = 9;

AccountState AccountOf(const pqxx::row& row);

// Without a lock; nullopt if the account does not exist.
std::optional<AccountState> LoadAccount(Connection& connection, AccountId account);

// Writes everything but the quotas.
void UpdateAccounts(Transaction& transaction, absl::Span<const AccountState* const> accounts);

}  // namespace posthorn::store
