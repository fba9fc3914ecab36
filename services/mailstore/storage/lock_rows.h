// Locks of accounts and mailboxes, to the end of the transaction.
//
// Accounts are locked before any mailbox, and both in the order of their keys, which must ascend:
// so no two transactions wait for each other. What does not exist is left out.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"
#include "mailstore/storage/account_rows.h"
#include "mailstore/storage/mailbox_state.h"

namespace posthorn::store {

std::vector<AccountState> LockAccounts(Transaction& transaction,
                                       absl::Span<const AccountId> accounts);
std::vector<MailboxState> LockMailboxes(Transaction& transaction,
                                        absl::Span<const MailboxKey> keys);

struct LockedRows {
  std::vector<AccountState> accounts;
  std::vector<MailboxState> mailboxes;
};
// Both by one statement.
LockedRows LockRows(Transaction& transaction, absl::Span<const AccountId> accounts,
                    absl::Span<const MailboxKey> keys);

}  // namespace posthorn::store
