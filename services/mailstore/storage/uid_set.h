// Sets of UIDs as runs: v1::UidSet on the wire, varints in the change log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::store {

// Ascending, disjoint, inclusive ranges. May stand for 2^32 UIDs, so mostly it is intersected.
class UidRanges {
 public:
  struct Range {
    uint32_t first;
    uint32_t last;
  };

  // InvalidArgument if a number leaves 1 to 2^32-1 or a run is half.
  static absl::StatusOr<UidRanges> Parse(const v1::UidSet& set);

  bool Contains(uint32_t uid) const;
  // Where those of `uids` (ascending) that are in the set lie, ascending: [begin, end).
  struct Places {
    size_t begin;
    size_t end;
  };
  std::vector<Places> PlacesIn(absl::Span<const uint32_t> uids) const;
  // Those of `uids` (ascending) that are in the set.
  std::vector<uint32_t> Intersect(absl::Span<const uint32_t> uids) const;
  // All of the set; nothing if they are more than `most`.
  std::optional<std::vector<uint32_t>> Expand(size_t most) const;
  bool empty() const { return ranges_.empty(); }
  const std::vector<Range>& ranges() const { return ranges_; }

 private:
  std::vector<Range> ranges_;
};

// `uids` ascending without duplicates.
void EncodeUids(absl::Span<const uint32_t> uids, v1::UidSet* set);
std::string PackUids(absl::Span<const uint32_t> uids);
// What PackUids() gave; stops at the first damage.
std::vector<uint32_t> UnpackUids(absl::string_view packed);

}  // namespace posthorn::store
