#include "mailstore/auth/success_cache.h"

#include "mailstore/auth/octets.h"

namespace posthorn::store {

SuccessCache::SuccessCache(size_t capacity, absl::Duration time_to_live)
    : capacity_(capacity), time_to_live_(time_to_live), secret_(RandomOctets(32)) {}

bool SuccessCache::Contains(uint64_t account_id, absl::string_view record,
                            absl::string_view prepared, absl::Time now) {
  const Digest key = Key(account_id, record, prepared);
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    return false;
  }
  if (found->second->expires_at <= now) {
    recent_.erase(found->second);
    entries_.erase(found);
    return false;
  }
  recent_.splice(recent_.begin(), recent_, found->second);
  return true;
}

void SuccessCache::Insert(uint64_t account_id, absl::string_view record, absl::string_view prepared,
                          absl::Time now) {
  if (capacity_ == 0) {
    return;
  }
  const Digest key = Key(account_id, record, prepared);
  const absl::Time expires_at = now + time_to_live_;
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) {
    found->second->expires_at = expires_at;
    recent_.splice(recent_.begin(), recent_, found->second);
    return;
  }
  if (entries_.size() >= capacity_) {
    entries_.erase(recent_.back().key);
    recent_.pop_back();
  }
  recent_.push_front(Entry{key, expires_at});
  entries_.emplace(key, recent_.begin());
}

size_t SuccessCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

Digest SuccessCache::Key(uint64_t account_id, absl::string_view record,
                         absl::string_view prepared) const {
  std::string id;
  PutU64(id, account_id);
  return KeyedDigest(secret_, {id, record, prepared});
}

}  // namespace posthorn::store
