// Table event_count: events by key and period, over all gateways. Blocks; for Pool::Run; throws
// what libpqxx throws.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

// What a count is of: a key within periods of so many seconds, which begin at multiples of them.
struct EventKey {
  std::string key;
  uint32_t period_seconds = 0;
  friend bool operator==(const EventKey&, const EventKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const EventKey& key) {
    return H::combine(std::move(state), key.key, key.period_seconds);
  }
};

// To be added to a count.
struct EventWrite {
  EventKey key;
  uint64_t n = 0;
};

// So many are too many.
struct EventLimit {
  EventKey key;
  uint64_t n = 0;
};

// A count after it.
struct EventTotal {
  EventKey key;
  uint64_t n = 0;
  int64_t started_at = 0;    // of the period, Unix seconds
  int64_t seconds_left = 0;  // of it
};

// Each key once. The totals are in no order.
std::vector<EventTotal> AddEvents(Connection& connection, absl::Span<const EventWrite> writes);

}  // namespace posthorn::store
