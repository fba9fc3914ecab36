// Tables sending_limit and sending_count: how many recipients submitters may send to in a day.
#pragma once

#include <cstdint>
#include <map>

#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

struct SendingCount {
  int32_t limit = 0;
  int32_t before = 0;    // of the day, without those of this transaction
  int32_t reserved = 0;  // by this transaction
  int32_t used = 0;      // of them
};

// Counts recipients of each submitter that has a limit, its own or the default (0: none), before it
// is known whether all of them may be sent to; until the end of the transaction nobody else counts.
// Blocks others after accounts and mailboxes and before sites of the queue.
std::map<AccountId, SendingCount> ReserveSending(Transaction& transaction,
                                                 const std::map<AccountId, int32_t>& wanted,
                                                 int32_t default_limit, int64_t now);
// Takes back what was reserved and not used.
void ReturnSending(Transaction& transaction, const std::map<AccountId, SendingCount>& counts,
                   int64_t now);

}  // namespace posthorn::store
