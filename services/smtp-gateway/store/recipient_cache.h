// Remembers for a few seconds to whom an address belongs, so that bursts of mail to one address are
// resolved once. Only good answers are kept: an address made a moment ago is known at once. What is
// stale is found out at delivery, where mailstore refuses accounts that are gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace posthorn::smtp {

// Thread-safe. The caller gives the time.
class RecipientCache {
 public:
  using Clock = std::chrono::steady_clock;

  RecipientCache(std::chrono::milliseconds lifetime, size_t capacity)
      : lifetime_(lifetime), capacity_(capacity) {}

  std::optional<std::vector<uint64_t>> Find(const std::string& address, Clock::time_point now);
  void Insert(const std::string& address, std::vector<uint64_t> account_ids, Clock::time_point now);

 private:
  struct Entry {
    std::vector<uint64_t> account_ids;
    Clock::time_point expires;
  };
  const std::chrono::milliseconds lifetime_;
  const size_t capacity_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_;  // guarded by mutex_
};

}  // namespace posthorn::smtp
