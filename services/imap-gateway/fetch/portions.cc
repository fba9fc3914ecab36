#include "imap-gateway/fetch/portions.h"

#include <algorithm>
#include <utility>

namespace posthorn::imap {

Portions::Portions(NumberRanges uids, Order order) : left_(std::move(uids)), order_(order) {
  if (order_ == Order::kUp) {
    std::reverse(left_.begin(), left_.end());
  }
}

NumberRanges Portions::Take(std::size_t count) {
  NumberRanges taken;
  for (std::uint64_t wanted = count; wanted > 0 && !left_.empty();) {
    NumberRange& range = left_.back();
    const std::uint64_t size = std::uint64_t{range.last} - range.first + 1;
    if (size <= wanted) {
      taken.push_back(range);
      left_.pop_back();
      wanted -= size;
    } else if (order_ == Order::kUp) {
      const auto last = static_cast<std::uint32_t>(range.first + wanted - 1);
      taken.push_back({range.first, last});
      range.first = last + 1;
      wanted = 0;
    } else {
      const auto first = static_cast<std::uint32_t>(range.last - wanted + 1);
      taken.push_back({first, range.last});
      range.last = first - 1;
      wanted = 0;
    }
  }
  if (order_ == Order::kDown) {
    std::reverse(taken.begin(), taken.end());
  }
  return taken;
}

}  // namespace posthorn::imap
