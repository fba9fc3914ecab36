// The mail side of an account's life. The directory calls these in the transactions in which it
// makes and removes accounts.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

struct NewMailAccount {
  AccountId id;
  int64_t quota_bytes = 0;  // 0: no limit
};

// Makes the usage rows, INBOX and the special-use mailboxes (RFC 6154: Drafts, Sent, Trash, Junk,
// Archive), all subscribed. A constant number of statements.
void MakeAccountMailboxes(Transaction& transaction, absl::Span<const NewMailAccount> accounts);

// Takes the account's mailboxes away at once; messages and bodies go in the background.
void RemoveAccountMail(Transaction& transaction, AccountId account);

}  // namespace posthorn::store
