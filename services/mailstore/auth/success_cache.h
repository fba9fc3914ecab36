// Remembers for a short while that a password was right, so that a client that logs in again and
// again costs one argon2 hash, not one each time.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "mailstore/auth/keyed_digest.h"

namespace posthorn::store {

// Keys are HMACs of (account, stored record, password) under a secret of this process: the cache
// holds nothing that a password could be guessed from without it, and a changed password misses
// because its record differs. Only successes are kept. Least recently used entries leave first.
// Thread-safe.
class SuccessCache {
 public:
  SuccessCache(size_t capacity, absl::Duration time_to_live);

  // Whether this password was right for this record less than `time_to_live` ago.
  bool Contains(uint64_t account_id, absl::string_view record, absl::string_view prepared,
                absl::Time now);
  void Insert(uint64_t account_id, absl::string_view record, absl::string_view prepared,
              absl::Time now);
  size_t size() const;

 private:
  struct Entry {
    Digest key;
    absl::Time expires_at;
  };
  Digest Key(uint64_t account_id, absl::string_view record, absl::string_view prepared) const;

  const size_t capacity_;
  const absl::Duration time_to_live_;
  const std::string secret_;
  mutable std::mutex mutex_;
  std::list<Entry> recent_;  // most recently used first
  absl::flat_hash_map<Digest, std::list<Entry>::iterator> entries_;
};

}  // namespace posthorn::store
