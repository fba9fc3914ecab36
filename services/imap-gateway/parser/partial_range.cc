#include "imap-gateway/parser/partial_range.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace posthorn::imap {

PartialRange ParsePartialRange(Scanner& scanner) {
  PartialRange range;
  range.from_end = scanner.TrySkip('-');
  range.first = scanner.NzNumber();
  scanner.Skip(':');
  // RFC 9394 4: both count from the same end.
  if (range.from_end) {
    scanner.Skip('-');
  }
  range.last = scanner.NzNumber();
  return range;
}

std::string FormatPartialRange(const PartialRange& range) {
  const char* sign = range.from_end ? "-" : "";
  return absl::StrCat(sign, range.first, ":", sign, range.last);
}

NumberRanges TakePartial(const NumberRanges& all, const PartialRange& range) {
  const std::uint64_t count = CountOf(all);
  // Positions from 1 in ascending order.
  std::uint64_t low = std::min(range.first, range.last);
  std::uint64_t high = std::max(range.first, range.last);
  if (range.from_end) {
    if (low > count) {
      return {};
    }
    const std::uint64_t from = high >= count ? 1 : count - high + 1;
    high = count - low + 1;
    low = from;
  }
  NumberRanges taken;
  std::uint64_t before = 0;  // results in the runs passed
  for (const NumberRange& run : all) {
    const std::uint64_t size = std::uint64_t{run.last} - run.first + 1;
    const std::uint64_t from = std::max(low, before + 1);
    const std::uint64_t to = std::min(high, before + size);
    if (from <= to) {
      taken.push_back({static_cast<std::uint32_t>(run.first + (from - before - 1)),
                       static_cast<std::uint32_t>(run.first + (to - before - 1))});
    }
    before += size;
  }
  return taken;
}

}  // namespace posthorn::imap
