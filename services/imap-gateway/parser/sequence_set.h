#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// An inclusive run of sequence numbers or of UIDs, first <= last, both above zero.
struct NumberRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool operator==(const NumberRange&) const = default;
};

// Runs in ascending order that neither touch nor overlap.
using NumberRanges = std::vector<NumberRange>;

// RFC 3501 9: sequence-set, as written: any order, overlaps and "*" kept. Or "$" (RFC 5182 2.1),
// what the last SEARCH saved, which only a view can tell.
class SequenceSet {
 public:
  static constexpr std::uint32_t kStar = 0;  // no number of a set is zero, so this is "*"
  struct Item {
    std::uint32_t first = kStar;
    std::uint32_t last = kStar;
  };

  void Add(Item item) { items_.push_back(item); }
  void SetSaved() { saved_ = true; }
  bool saved() const { return saved_; }  // "$": there are no items
  const std::vector<Item>& items() const { return items_; }
  bool empty() const { return items_.empty(); }

  // True if a number above `largest` occurs, which for sequence numbers is an error. A range with
  // "*" of an empty mailbox is none: it names no message.
  bool Exceeds(std::uint32_t largest) const;

  // The set with "*" standing for `largest`, sorted and joined. "*" of an empty mailbox
  // (largest == 0) drops its item: it names no message. RFC 3501 6.4.8: with largest > 0,
  // n:* names the last message even where n is above it.
  NumberRanges Resolve(std::uint32_t largest) const;

 private:
  std::vector<Item> items_;
  bool saved_ = false;
};

SequenceSet ParseSequenceSet(Scanner& scanner);

// Sorts, joins and returns. O(n log n).
NumberRanges Normalize(NumberRanges ranges);
// Ascending numbers to runs.
NumberRanges RunsOf(const std::vector<std::uint32_t>& ascending);
NumberRanges Intersect(const NumberRanges& a, const NumberRanges& b);
// Those of `all` that are not in `some`.
NumberRanges Subtract(const NumberRanges& all, const NumberRanges& some);
std::uint64_t CountOf(const NumberRanges& ranges);
bool Contains(const NumberRanges& ranges, std::uint32_t number);
// "1:3,5"; empty for no ranges.
std::string FormatRanges(const NumberRanges& ranges);

}  // namespace posthorn::imap
