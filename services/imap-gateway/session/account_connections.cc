#include "imap-gateway/session/account_connections.h"

namespace posthorn::imap {

std::unique_ptr<AccountConnections::Place> AccountConnections::Enter(std::uint64_t account_id) {
  {
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[account_id];
    if (count >= limit_) {
      return nullptr;
    }
    ++count;
  }
  return std::make_unique<Place>(*this, account_id);
}

void AccountConnections::Leave(std::uint64_t account_id) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(account_id);
  if (found != counts_.end() && --found->second == 0) {
    counts_.erase(found);
  }
}

}  // namespace posthorn::imap
