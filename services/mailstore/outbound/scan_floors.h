// Where claims begin to look for recipients of a site that are due. While PostgreSQL has to keep
// old versions of rows (a backup, a transaction that stays open), its index still has an entry for
// each recipient that was claimed since, and they stand before those that are due: who looks from
// the beginning on reads all of them every time.
//
// A floor is a hint: below it this replica has seen everything claimed. What appears there later (a
// claim was rolled back, a transaction took more than seconds) is found by a claim that looks at
// the whole, one a site in the time of a lease.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"

namespace posthorn::store {

inline constexpr int kHighestPriority = 9;
inline constexpr int kPriorities = 19;  // from the highest on down to -9

// Thread-safe.
class ScanFloors {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ScanFloors(int64_t lease_milliseconds) : whole_every_(lease_milliseconds) {}

  struct Scan {
    std::array<int64_t, kPriorities> from{};  // ms of the database's clock, by priority
    bool whole = true;
    uint64_t generation = 0;
  };
  // A look at the site that begins now.
  Scan Begin(const std::string& site, Clock::time_point now = Clock::now());

  // One of the recipients that a look has found, and when it was due.
  struct Found {
    int priority = 0;
    int64_t due = 0;
  };
  // What a look has found, some of it at least; at the database's time `now`. `spent`: there was no
  // more.
  void Learn(const std::string& site, const Scan& scan, absl::Span<const Found> found, bool spent,
             int64_t now);

 private:
  struct Entry {
    std::array<int64_t, kPriorities> from{};
    Clock::time_point whole_at;
    uint64_t generation =
        0;  // of the last look at the whole: what was learnt before it counts no more
  };

  const std::chrono::milliseconds whole_every_;
  std::mutex mutex_;  // of entries_
  absl::flat_hash_map<std::string, Entry> entries_;
};

}  // namespace posthorn::store
