#include "mailstore/auth/hash_pool.h"

#include "common/rpc/status.h"

namespace posthorn::store {

HashPool::HashPool(size_t threads, size_t queue_limit)
    : threads_(threads), queue_limit_(queue_limit), pool_(threads) {}

HashPool::~HashPool() { pool_.join(); }

absl::Status HashPool::Admit() {
  if (pending_.fetch_add(1, std::memory_order_relaxed) < queue_limit_) {
    return absl::OkStatus();
  }
  pending_.fetch_sub(1, std::memory_order_relaxed);
  refused_.fetch_add(1, std::memory_order_relaxed);
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_OVERLOADED,
                        "too many logins wait for their password check");
}

}  // namespace posthorn::store
