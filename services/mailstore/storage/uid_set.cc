#include "mailstore/storage/uid_set.h"

#include <algorithm>
#include <cstddef>

namespace posthorn::store {
namespace {

// Calls run(first, last) for each run of successive numbers.
template <typename Fn>
void ForEachRun(absl::Span<const uint32_t> uids, Fn run) {
  for (size_t i = 0; i < uids.size();) {
    size_t end = i + 1;
    while (end < uids.size() && uids[end] == uids[end - 1] + 1) {
      ++end;
    }
    run(uids[i], uids[end - 1]);
    i = end;
  }
}

void PutVarint(uint32_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

bool GetVarint(absl::string_view* in, uint32_t* value) {
  uint64_t result = 0;
  for (int shift = 0; shift < 35 && !in->empty(); shift += 7) {
    const auto octet = static_cast<unsigned char>(in->front());
    in->remove_prefix(1);
    result |= static_cast<uint64_t>(octet & 0x7f) << shift;
    if ((octet & 0x80) == 0) {
      *value = static_cast<uint32_t>(result);
      return result <= UINT32_MAX;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<UidRanges> UidRanges::Parse(const v1::UidSet& set) {
  if (set.runs_size() % 2 != 0) {
    return absl::InvalidArgumentError("UID set: half a run");
  }
  UidRanges result;
  result.ranges_.reserve(set.runs_size() / 2);
  uint64_t end = 0;
  for (int i = 0; i < set.runs_size(); i += 2) {
    const uint64_t first = end + set.runs(i);
    const uint64_t last = first + set.runs(i + 1);
    if (set.runs(i) == 0 || last > UINT32_MAX) {
      return absl::InvalidArgumentError("UID set: not ascending or too large");
    }
    result.ranges_.push_back({static_cast<uint32_t>(first), static_cast<uint32_t>(last)});
    end = last;
  }
  return result;
}

bool UidRanges::Contains(uint32_t uid) const {
  const auto it = std::lower_bound(ranges_.begin(), ranges_.end(), uid,
                                   [](const Range& range, uint32_t u) { return range.last < u; });
  return it != ranges_.end() && it->first <= uid;
}

std::vector<UidRanges::Places> UidRanges::PlacesIn(absl::Span<const uint32_t> uids) const {
  std::vector<Places> result;
  auto from = uids.begin();
  for (const Range& range : ranges_) {
    from = std::lower_bound(from, uids.end(), range.first);
    const auto to = std::upper_bound(from, uids.end(), range.last);
    if (from != to) {
      result.push_back(
          {static_cast<size_t>(from - uids.begin()), static_cast<size_t>(to - uids.begin())});
    }
    from = to;
  }
  return result;
}

std::vector<uint32_t> UidRanges::Intersect(absl::Span<const uint32_t> uids) const {
  std::vector<uint32_t> result;
  for (const Places& places : PlacesIn(uids)) {
    const auto part = uids.subspan(places.begin, places.end - places.begin);
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

std::optional<std::vector<uint32_t>> UidRanges::Expand(size_t most) const {
  std::vector<uint32_t> uids;
  for (const Range& range : ranges_) {
    if (range.last - range.first >= most - uids.size()) {
      return std::nullopt;
    }
    for (uint32_t more = 0; more <= range.last - range.first; ++more) {
      uids.push_back(range.first + more);
    }
  }
  return uids;
}

void EncodeUids(absl::Span<const uint32_t> uids, v1::UidSet* set) {
  uint32_t end = 0;
  ForEachRun(uids, [&](uint32_t first, uint32_t last) {
    set->add_runs(first - end);
    set->add_runs(last - first);
    end = last;
  });
}

std::string PackUids(absl::Span<const uint32_t> uids) {
  std::string packed;
  uint32_t end = 0;
  ForEachRun(uids, [&](uint32_t first, uint32_t last) {
    PutVarint(first - end, &packed);
    PutVarint(last - first, &packed);
    end = last;
  });
  return packed;
}

std::vector<uint32_t> UnpackUids(absl::string_view packed) {
  std::vector<uint32_t> uids;
  uint32_t end = 0;
  uint32_t gap = 0;
  uint32_t more = 0;
  while (GetVarint(&packed, &gap) && GetVarint(&packed, &more)) {
    for (uint32_t i = 0; i <= more; ++i) {
      uids.push_back(end + gap + i);
    }
    end += gap + more;
  }
  return uids;
}

}  // namespace posthorn::store
