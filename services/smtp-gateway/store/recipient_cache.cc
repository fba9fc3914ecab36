#include "smtp-gateway/store/recipient_cache.h"

#include <utility>

namespace posthorn::smtp {

std::optional<std::vector<uint64_t>> RecipientCache::Find(const std::string& address,
                                                          Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(address);
  if (it == entries_.end() || it->second.expires <= now) {
    return std::nullopt;
  }
  return it->second.account_ids;
}

void RecipientCache::Insert(const std::string& address, std::vector<uint64_t> account_ids,
                            Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= capacity_) {
    // Lives are short: starting over costs a few calls and needs no order among the entries.
    entries_.clear();
  }
  entries_[address] = {std::move(account_ids), now + lifetime_};
}

}  // namespace posthorn::smtp
