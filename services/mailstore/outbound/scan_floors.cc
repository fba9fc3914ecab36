#include "mailstore/outbound/scan_floors.h"

#include <algorithm>

namespace posthorn::store {
namespace {

// Transactions that enqueue are shorter: what they bring is there to see so long after its time.
constexpr int64_t kSettledMilliseconds = 5'000;
// Forgotten together, beyond it: the next looks are at the whole.
constexpr size_t kMostSites = 10'000;

}  // namespace

ScanFloors::Scan ScanFloors::Begin(const std::string& site, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  auto found = entries_.find(site);
  if (found == entries_.end()) {
    if (entries_.size() >= kMostSites) {
      entries_.clear();
    }
    found = entries_.try_emplace(site).first;
  } else if (now - found->second.whole_at < whole_every_) {
    return {found->second.from, /*whole=*/false, found->second.generation};
  }
  found->second.whole_at = now;
  return {{}, /*whole=*/true, ++found->second.generation};
}

void ScanFloors::Learn(const std::string& site, const Scan& scan, absl::Span<const Found> found,
                       bool spent, int64_t now) {
  // By priority from the highest on: all that is due was found before any of the next.
  int lowest = kHighestPriority;
  int64_t last = 0;
  for (const Found& one : found) {
    if (one.priority < lowest) {
      lowest = one.priority;
      last = 0;
    }
    if (one.priority == lowest) {
      last = std::max(last, one.due);
    }
  }
  const int64_t settled = now - kSettledMilliseconds;
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(site);
  if (entry == entries_.end() || entry->second.generation != scan.generation) {
    return;
  }
  for (int i = 0; i < kPriorities; ++i) {
    const int priority = kHighestPriority - i;
    if (spent || priority > lowest) {
      entry->second.from[i] = settled;
    } else if (priority == lowest) {
      entry->second.from[i] = std::min(last, settled);
    }
  }
}

}  // namespace posthorn::store
