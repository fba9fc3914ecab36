#include "imap-gateway/store/uid_set.h"

#include <limits>

namespace posthorn::imap {

v1::UidSet ToProto(const NumberRanges& uids) {
  v1::UidSet set;
  set.mutable_runs()->Reserve(static_cast<int>(uids.size() * 2));
  std::uint32_t end = 0;
  for (const NumberRange& range : uids) {
    set.add_runs(range.first - end);
    set.add_runs(range.last - range.first);
    end = range.last;
  }
  return set;
}

NumberRanges FromProto(const v1::UidSet& uids) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  NumberRanges ranges;
  ranges.reserve(static_cast<std::size_t>(uids.runs_size()) / 2);
  std::uint64_t end = 0;
  for (int i = 0; i + 1 < uids.runs_size(); i += 2) {
    const std::uint64_t first = end + uids.runs(i);
    const std::uint64_t last = first + uids.runs(i + 1);
    if (first == 0 || first == end || last > kMax) {
      break;
    }
    ranges.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last)});
    end = last;
  }
  return Normalize(std::move(ranges));
}

}  // namespace posthorn::imap
