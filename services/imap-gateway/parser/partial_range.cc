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

std::uint64_t SizeOf(const PartialRange& range) {
  const auto [low, high] = std::minmax(range.first, range.last);
  return std::uint64_t{high} - low + 1;
}

ResultPositions Locate(const PartialRange& range, std::size_t size) {
  const std::size_t low = std::min(range.first, range.last);
  const std::size_t high = std::max(range.first, range.last);
  if (range.from_end) {
    return {size - std::min(high, size), size - std::min(low - 1, size)};
  }
  return {std::min(low - 1, size), std::min(high, size)};
}

NumberRanges TakePartial(const NumberRanges& all, const PartialRange& range) {
  const ResultPositions window = Locate(range, CountOf(all));
  NumberRanges taken;
  std::uint64_t before = 0;  // results in the runs passed
  for (const NumberRange& run : all) {
    const std::uint64_t size = std::uint64_t{run.last} - run.first + 1;
    const std::uint64_t from = std::max<std::uint64_t>(window.begin, before);
    const std::uint64_t to = std::min<std::uint64_t>(window.end, before + size);
    if (from < to) {
      taken.push_back({static_cast<std::uint32_t>(run.first + (from - before)),
                       static_cast<std::uint32_t>(run.first + (to - before) - 1)});
    }
    before += size;
  }
  return taken;
}

}  // namespace posthorn::imap
