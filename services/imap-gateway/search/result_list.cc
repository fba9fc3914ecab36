#include "imap-gateway/search/result_list.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace posthorn::imap {

ResultList::ResultList(NumberRanges ranges) : size_(CountOf(ranges)), ranges_(std::move(ranges)) {}

ResultList ResultList::Sorted(std::vector<std::uint32_t> numbers) {
  ResultList list;
  list.sorted_ = true;
  list.size_ = numbers.size();
  list.numbers_ = std::move(numbers);
  return list;
}

std::uint32_t ResultList::front() const {
  return sorted_ ? numbers_.front() : ranges_.front().first;
}

std::uint32_t ResultList::back() const { return sorted_ ? numbers_.back() : ranges_.back().last; }

ResultList ResultList::Slice(std::size_t begin, std::size_t end) const {
  end = std::min(end, size_);
  begin = std::min(begin, end);
  if (sorted_) {
    return Sorted({numbers_.begin() + static_cast<std::ptrdiff_t>(begin),
                   numbers_.begin() + static_cast<std::ptrdiff_t>(end)});
  }
  NumberRanges part;
  std::size_t at = 0;  // position of the range's first number
  for (const NumberRange& range : ranges_) {
    const std::size_t length = std::size_t{range.last} - range.first + 1;
    const std::size_t from = std::max(begin, at);
    const std::size_t to = std::min(end, at + length);
    if (from < to) {
      part.push_back({static_cast<std::uint32_t>(range.first + (from - at)),
                      static_cast<std::uint32_t>(range.first + (to - 1 - at))});
    }
    at += length;
  }
  return ResultList(std::move(part));
}

NumberRanges ResultList::Ranges() const {
  if (!sorted_) {
    return ranges_;
  }
  std::vector<std::uint32_t> ascending = numbers_;
  std::sort(ascending.begin(), ascending.end());
  return RunsOf(ascending);
}

std::string ResultList::Format() const {
  // RunsOf joins only what ascends by one, whatever the order of the rest.
  return FormatRanges(sorted_ ? RunsOf(numbers_) : ranges_);
}

NumberRanges SavedResult(const SearchReturn& returns, const ResultList& found) {
  const bool some = returns.min || returns.max || returns.partial.has_value();
  if (found.empty() || !some || returns.all || returns.count) {
    return found.Ranges();
  }
  NumberRanges saved;
  if (returns.partial) {
    const ResultPositions positions = Locate(*returns.partial, found.size());
    saved = found.Slice(positions.begin, positions.end).Ranges();
  }
  if (returns.min) {
    saved.push_back({found.front(), found.front()});
  }
  if (returns.max) {
    saved.push_back({found.back(), found.back()});
  }
  return Normalize(std::move(saved));
}

}  // namespace posthorn::imap
