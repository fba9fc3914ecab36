#pragma once

#include <cstddef>

#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

// The messages of a FETCH, some at a time.
class Portions {
 public:
  // From the lowest UID up, or from the highest down.
  enum class Order { kUp, kDown };
  Portions(NumberRanges uids, Order order);

  bool empty() const { return left_.empty(); }
  // The next so many, in ascending order; fewer at the end.
  NumberRanges Take(std::size_t count);

 private:
  NumberRanges left_;  // those to be taken next are at its end
  Order order_;
};

}  // namespace posthorn::imap
