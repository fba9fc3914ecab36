#include "imap-gateway/parser/sequence_set.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {

std::uint32_t ParseSeqNumber(Scanner& scanner) {
  return scanner.TrySkip('*') ? SequenceSet::kStar : scanner.NzNumber();
}

}  // namespace

SequenceSet ParseSequenceSet(Scanner& scanner) {
  SequenceSet set;
  if (scanner.TrySkip('$')) {
    set.SetSaved();
    return set;
  }
  do {
    SequenceSet::Item item;
    item.first = ParseSeqNumber(scanner);
    item.last = scanner.TrySkip(':') ? ParseSeqNumber(scanner) : item.first;
    set.Add(item);
  } while (scanner.ok() && scanner.TrySkip(','));
  return set;
}

bool SequenceSet::Exceeds(std::uint32_t largest) const {
  return std::any_of(items_.begin(), items_.end(), [largest](const Item& item) {
    const bool star = item.first == kStar || item.last == kStar;
    return std::max(item.first, item.last) > largest && !(star && largest == 0);
  });
}

NumberRanges SequenceSet::Resolve(std::uint32_t largest) const {
  NumberRanges ranges;
  ranges.reserve(items_.size());
  for (const Item& item : items_) {
    const bool star = item.first == kStar || item.last == kStar;
    if (star && largest == 0) {
      continue;
    }
    const std::uint32_t a = item.first == kStar ? largest : item.first;
    const std::uint32_t b = item.last == kStar ? largest : item.last;
    ranges.push_back({std::min(a, b), std::max(a, b)});
  }
  return Normalize(std::move(ranges));
}

NumberRanges Normalize(NumberRanges ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const NumberRange& a, const NumberRange& b) { return a.first < b.first; });
  std::size_t kept = 0;
  for (const NumberRange& range : ranges) {
    const bool joins = kept > 0 && (ranges[kept - 1].last == std::numeric_limits<uint32_t>::max() ||
                                    range.first <= ranges[kept - 1].last + 1);
    if (joins) {
      ranges[kept - 1].last = std::max(ranges[kept - 1].last, range.last);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(kept);
  return ranges;
}

NumberRanges RunsOf(const std::vector<std::uint32_t>& ascending) {
  NumberRanges runs;
  for (const std::uint32_t number : ascending) {
    if (!runs.empty() && runs.back().last + 1 == number) {
      runs.back().last = number;
    } else {
      runs.push_back({number, number});
    }
  }
  return runs;
}

NumberRanges Intersect(const NumberRanges& a, const NumberRanges& b) {
  NumberRanges both;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::uint32_t first = std::max(a[i].first, b[j].first);
    const std::uint32_t last = std::min(a[i].last, b[j].last);
    if (first <= last) {
      both.push_back({first, last});
    }
    a[i].last < b[j].last ? ++i : ++j;
  }
  return both;
}

NumberRanges Subtract(const NumberRanges& all, const NumberRanges& some) {
  constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();
  NumberRanges gaps;
  std::uint32_t next = 1;
  for (const NumberRange& range : some) {
    if (range.first > next) {
      gaps.push_back({next, range.first - 1});
    }
    if (range.last == kMax) {
      return Intersect(all, gaps);
    }
    next = range.last + 1;
  }
  gaps.push_back({next, kMax});
  return Intersect(all, gaps);
}

std::uint64_t CountOf(const NumberRanges& ranges) {
  std::uint64_t count = 0;
  for (const NumberRange& range : ranges) {
    count += std::uint64_t{range.last} - range.first + 1;
  }
  return count;
}

bool Contains(const NumberRanges& ranges, std::uint32_t number) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), number,
                       [](std::uint32_t n, const NumberRange& range) { return n < range.first; });
  return after != ranges.begin() && std::prev(after)->last >= number;
}

std::string FormatRanges(const NumberRanges& ranges) {
  std::string text;
  for (const NumberRange& range : ranges) {
    absl::StrAppend(&text, text.empty() ? "" : ",", range.first);
    if (range.last != range.first) {
      absl::StrAppend(&text, ":", range.last);
    }
  }
  return text;
}

}  // namespace posthorn::imap
