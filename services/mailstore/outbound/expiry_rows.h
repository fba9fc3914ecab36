// Recipients whose time is over while nobody tries them. Blocks and throws what libpqxx throws.
#pragma once

#include <string>
#include <vector>

#include "mailstore/db/transaction.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// Leases some of them, at most `most`, to the worker, oldest first; with each the result that it is
// to be settled with. Who does so at the same time gets others.
//
// At a suspended site it is their time that counts. Elsewhere the last attempt is made when it is
// over, perhaps after half an hour of rest: they are taken half an hour after that. Recipients that
// an administrator holds stay.
std::vector<v1::AttemptResult> ClaimExpired(Transaction& transaction, const std::string& worker,
                                            int most);

}  // namespace posthorn::store
