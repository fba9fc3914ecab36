#include "mailstore/policy/event_counter.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"

namespace posthorn::store {

EventCounter::Entry* EventCounter::Find(const EventKey& key, TimePoint now) {
  const auto it = entries_.find(key);
  return it == entries_.end() || it->second.ends_at <= now ? nullptr : &it->second;
}

EventCounter::Entry* EventCounter::FindOrAdd(const EventKey& key, TimePoint now) {
  const auto it = entries_.find(key);
  if (it != entries_.end()) {
    Entry& entry = it->second;
    if (entry.ends_at <= now) {  // what was not written of the period that is over is not missed
      const bool dirty = entry.dirty;
      entry = Entry{.ends_at = now + std::chrono::seconds(key.period_seconds), .dirty = dirty};
    }
    return &entry;
  }
  if (entries_.size() >= max_keys_) {
    Sweep(now);
    if (entries_.size() >= max_keys_) {
      return nullptr;
    }
  }
  // Until the database says when the period ends, it may last for all of its length.
  Entry& entry = entries_[key];
  entry.ends_at = now + std::chrono::seconds(key.period_seconds);
  return &entry;
}

void EventCounter::MarkDirty(Entries::value_type& entry) {
  if (!entry.second.dirty) {
    entry.second.dirty = true;
    dirty_.push_back(&entry);
  }
}

// Once a second at most: with many keys it takes its time.
void EventCounter::Sweep(TimePoint now) {
  if (now < sweep_at_) {
    return;
  }
  sweep_at_ = now + kWriteEvery;
  std::erase_if(dirty_, [now](const auto* entry) { return entry->second.ends_at <= now; });
  absl::erase_if(entries_, [now](const auto& entry) { return entry.second.ends_at <= now; });
}

EventWrite EventCounter::Take(Entries::value_type& entry) {
  const uint64_t n = entry.second.waiting;
  entry.second.under_way += n;
  entry.second.waiting = 0;
  return {.key = entry.first, .n = n};
}

std::vector<EventWrite> EventCounter::Count(absl::Span<const EventWrite> events, TimePoint now) {
  const std::lock_guard lock(mutex_);
  std::vector<EventWrite> writes;
  absl::flat_hash_map<EventKey, uint64_t> unkept;
  std::vector<EventKey> unknown;
  for (const EventWrite& event : events) {
    Entry* entry = FindOrAdd(event.key, now);
    if (entry == nullptr) {
      unkept[event.key] += event.n;
      continue;
    }
    entry->waiting += event.n;
    if (entry->started_at == 0) {
      unknown.push_back(event.key);
    } else if (event.n > 0) {
      MarkDirty(*entries_.find(event.key));
    }
  }
  for (const auto& [key, n] : unkept) {
    writes.push_back({.key = key, .n = n});
  }
  std::sort(unknown.begin(), unknown.end(), [](const EventKey& a, const EventKey& b) {
    return std::tie(a.key, a.period_seconds) < std::tie(b.key, b.period_seconds);
  });
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  for (const EventKey& key : unknown) {
    writes.push_back(Take(*entries_.find(key)));
  }
  if (now < write_at_) {
    return writes;
  }
  while (!dirty_.empty() && writes.size() < kMaxWrites) {
    Entries::value_type& entry = *dirty_.back();
    dirty_.pop_back();
    entry.second.dirty = false;
    // One whose period ended meanwhile may be among the unknown.
    if (entry.second.waiting > 0) {
      writes.push_back(Take(entry));
    }
  }
  if (dirty_.empty()) {
    write_at_ = now + kWriteEvery;
  }
  return writes;
}

void EventCounter::Learn(absl::Span<const EventWrite> writes, absl::Span<const EventTotal> totals,
                         TimePoint now) {
  const std::lock_guard lock(mutex_);
  for (const EventWrite& write : writes) {
    if (Entry* entry = Find(write.key, now); entry != nullptr) {
      entry->under_way -= std::min(entry->under_way, write.n);
    }
  }
  for (const EventTotal& total : totals) {
    Entry* entry = Find(total.key, now);
    if (entry == nullptr) {
      continue;
    }
    // Answers may overtake each other.
    entry->written =
        entry->started_at == total.started_at ? std::max(entry->written, total.n) : total.n;
    entry->started_at = total.started_at;
    entry->ends_at = now + std::chrono::seconds(total.seconds_left);
  }
}

void EventCounter::PutBack(absl::Span<const EventWrite> writes) {
  const std::lock_guard lock(mutex_);
  for (const EventWrite& write : writes) {
    const auto it = entries_.find(write.key);
    if (it == entries_.end()) {
      continue;
    }
    const uint64_t n = std::min(it->second.under_way, write.n);
    it->second.under_way -= n;
    it->second.waiting += n;
    if (it->second.started_at != 0 && n > 0) {
      MarkDirty(*it);
    }
  }
}

uint64_t EventCounter::Total(const EventKey& key, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const Entry* entry = Find(key, now);
  return entry == nullptr ? 0 : entry->written + entry->waiting + entry->under_way;
}

bool EventCounter::Knows(const EventKey& key, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const Entry* entry = Find(key, now);
  return entry != nullptr && entry->started_at != 0;
}

}  // namespace posthorn::store
