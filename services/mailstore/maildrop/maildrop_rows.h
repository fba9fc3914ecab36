// Table maildrop_lock: which POP3 session holds an account's maildrop (RFC 1939 3).
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

struct MaildropLock {
  AccountId account;
  std::string holder;
};

// Takes the lock if it is free, run out, or the holder's own; false if another holds it. Leases
// count by the database's clock.
bool TakeMaildrop(Connection& connection, AccountId account, const std::string& holder,
                  int lease_seconds);
// False if it is no longer the holder's.
bool RenewMaildrop(Connection& connection, AccountId account, const std::string& holder,
                   int lease_seconds);
void DropMaildrop(Connection& connection, AccountId account, const std::string& holder);

// The locks of those accounts that have one, locked to the end of the transaction. The accounts are
// locked already.
std::vector<MaildropLock> LoadMaildropLocks(Transaction& transaction,
                                            absl::Span<const AccountId> accounts);
void DeleteMaildropLocks(Transaction& transaction, absl::Span<const AccountId> accounts);

}  // namespace posthorn::store
