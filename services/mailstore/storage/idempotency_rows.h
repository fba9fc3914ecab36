// Table idempotency: the results of writes by their callers' keys.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

struct RecordedResult {
  AccountId account;
  std::string key;
  std::string result;
};

// Those that are recorded, in no order.
std::vector<RecordedResult> LoadResults(Transaction& transaction,
                                        absl::Span<const std::pair<AccountId, std::string>> keys);
// The result under the key if one is recorded, after any transaction under way that records one;
// else empty, and from then on nothing else can be recorded there: Aborted for whoever reads it.
// A transaction of its own.
std::string SettleResult(Connection& connection, AccountId account, const std::string& key,
                         int64_t created_at);
// Throws a unique violation if one is there already.
void RecordResults(Transaction& transaction, absl::Span<const RecordedResult> results,
                   int64_t created_at);

}  // namespace posthorn::store
