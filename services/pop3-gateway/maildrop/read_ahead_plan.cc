#include "pop3-gateway/maildrop/read_ahead_plan.h"

#include <algorithm>

namespace posthorn::pop3 {

std::vector<uint32_t> ReadAheadPlan::NextBatch(const Maildrop& maildrop, uint32_t from) {
  std::vector<uint32_t> batch;
  uint64_t octets = 0;
  for (uint32_t message = from; message >= 1 && message <= maildrop.last(); ++message) {
    if (batch.size() >= window_ || octets >= kMaxBatchOctets) {
      break;
    }
    if (!maildrop.Has(message)) {
      continue;
    }
    // A large message begins a batch, it does not wait behind small ones.
    if (!batch.empty() && octets + maildrop.octets(message) > kMaxBatchOctets) {
      break;
    }
    batch.push_back(message);
    octets += maildrop.octets(message);
  }
  window_ = std::min(window_ * 4, kMaxBatchMessages);
  return batch;
}

}  // namespace posthorn::pop3
