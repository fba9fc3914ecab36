// The mailboxes that every account begins with.
#pragma once

#include <string>
#include <vector>

#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// Makes the accounts' rows of the store: usage with a quota each, INBOX, and a mailbox for each
// special use (RFC 6154) that clients expect, all subscribed. Arrays of equal length. Throws what
// libpqxx throws.
void AddStoreRows(Transaction& transaction, const std::vector<AccountId>& accounts,
                  const std::vector<int64_t>& quotas);

}  // namespace posthorn::store
