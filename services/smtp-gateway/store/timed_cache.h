// Values that are good for a short time after they were learnt.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace posthorn::smtp {

// Thread-safe. The caller gives the time.
template <class Value>
class TimedCache {
 public:
  using Clock = std::chrono::steady_clock;

  TimedCache(std::chrono::milliseconds lifetime, size_t capacity)
      : lifetime_(lifetime), capacity_(capacity) {}

  std::optional<Value> Find(const std::string& key, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(key);
    if (it == entries_.end() || it->second.expires <= now) {
      return std::nullopt;
    }
    return it->second.value;
  }

  void Insert(std::string key, Value value, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= capacity_) {
      // Lives are short: starting over costs a few calls and needs no order among the entries.
      entries_.clear();
    }
    entries_[std::move(key)] = {std::move(value), now + lifetime_};
  }

 private:
  struct Entry {
    Value value;
    Clock::time_point expires;
  };
  const std::chrono::milliseconds lifetime_;
  const size_t capacity_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_;  // guarded by mutex_
};

}  // namespace posthorn::smtp
