// Counts events in memory ahead of the database, so that a key that is counted often is not a row
// that is written often.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/types/span.h"
#include "mailstore/policy/event_rows.h"

namespace posthorn::store {

// Of a key that it knows it counts in memory and says once a second what is to be written; the
// total that comes back has what other replicas counted. A key that it does not know is to be
// written at once. Thread-safe.
//
//   writes = Count(events, now); totals = AddEvents(writes); Learn(writes, totals, now)
class EventCounter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Keys beyond `max_keys` are not kept: each of their events is written.
  explicit EventCounter(size_t max_keys = 100'000) : max_keys_(max_keys) {}

  // Each key once, and those of `events` that are not known among them.
  std::vector<EventWrite> Count(absl::Span<const EventWrite> events, TimePoint now);
  void Learn(absl::Span<const EventWrite> writes, absl::Span<const EventTotal> totals,
             TimePoint now);
  // The writes failed: they are due again.
  void PutBack(absl::Span<const EventWrite> writes);

  // What was counted in the period that runs, as far as it is known here; 0 for a key that is not
  // kept.
  uint64_t Total(const EventKey& key, TimePoint now);
  // Whether the count of other replicas is in it.
  bool Knows(const EventKey& key, TimePoint now);

  static constexpr std::chrono::milliseconds kWriteEvery{1'000};
  // In one statement; the rest is due at once.
  static constexpr size_t kMaxWrites = 10'000;

 private:
  struct Entry {
    uint64_t written = 0;    // the database's total
    uint64_t waiting = 0;    // to be written
    uint64_t under_way = 0;  // being written
    int64_t started_at = 0;  // of the period; 0: not known
    TimePoint ends_at;
    bool dirty = false;  // in dirty_
  };
  using Entries = absl::node_hash_map<EventKey, Entry>;

  Entry* Find(const EventKey& key, TimePoint now);
  Entry* FindOrAdd(const EventKey& key, TimePoint now);
  void MarkDirty(Entries::value_type& entry);
  void Sweep(TimePoint now);
  static EventWrite Take(Entries::value_type& entry);

  const size_t max_keys_;
  std::mutex mutex_;
  Entries entries_;
  std::vector<Entries::value_type*> dirty_;
  TimePoint write_at_{};
  TimePoint sweep_at_{};
};

}  // namespace posthorn::store
