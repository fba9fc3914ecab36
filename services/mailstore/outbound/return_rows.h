// Recipients that are returned while nobody tries them. Both functions block and throw what libpqxx
// throws. They lease some, at most `most`, to the worker; with each comes the result that it is to
// be settled with. Who does so at the same time gets others. What an administrator holds stays.
#pragma once

#include <string>
#include <vector>

#include "mailstore/db/transaction.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// Those whose time is over, oldest first. At a suspended site it is their time that counts.
// Elsewhere the last attempt is made when it is over, perhaps after half an hour of rest: they are
// taken half an hour after that.
std::vector<v1::AttemptResult> ClaimExpired(Transaction& transaction, const std::string& worker,
                                            int most);

// Those that an administrator returns at suspended sites. Those of other sites come with a claim.
std::vector<v1::AttemptResult> ClaimReturned(Transaction& transaction, const std::string& worker,
                                             int most);

}  // namespace posthorn::store
