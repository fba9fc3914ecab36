#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "imap-gateway/parser/search_return.h"
#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

// What a search found, as UIDs or as sequence numbers, in mailbox order or in the order of a SORT.
class ResultList {
 public:
  ResultList() = default;
  // In mailbox order.
  explicit ResultList(NumberRanges ranges);
  static ResultList Sorted(std::vector<std::uint32_t> numbers);

  bool sorted() const { return sorted_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Not of an empty list.
  std::uint32_t front() const;
  std::uint32_t back() const;

  // The results from position `begin` to before `end`, 0 being the first; both are cut to size().
  ResultList Slice(std::size_t begin, std::size_t end) const;
  // The same in ascending order.
  NumberRanges Ranges() const;
  // A sequence-set in this order. RFC 5267 3.2: a run is written as a range only where it ascends.
  std::string Format() const;
  // In this order; for lists that are sorted.
  const std::vector<std::uint32_t>& numbers() const { return numbers_; }

 private:
  bool sorted_ = false;
  std::size_t size_ = 0;
  NumberRanges ranges_;                 // in mailbox order
  std::vector<std::uint32_t> numbers_;  // sorted
};

// RFC 5182 2.1, 2.4 and RFC 9394 3.2: what "$" stands for after RETURN (SAVE ...), of the UIDs
// found.
NumberRanges SavedResult(const SearchReturn& returns, const ResultList& found);

}  // namespace posthorn::imap
