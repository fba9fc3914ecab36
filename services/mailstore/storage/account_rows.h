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

// Without a lock; nullopt if the account does not exist.
std::optional<AccountState> LoadAccount(Connection& connection, AccountId account);

// Locks to the end of the transaction, in the order of the ids, which must ascend. An account that
// does not exist is left out. Accounts are locked before any mailbox.
std::vector<AccountState> LockAccounts(Transaction& transaction,
                                       absl::Span<const AccountId> accounts);
// Writes everything but the quotas.
void UpdateAccounts(Transaction& transaction, absl::Span<const AccountState* const> accounts);

}  // namespace posthorn::store
