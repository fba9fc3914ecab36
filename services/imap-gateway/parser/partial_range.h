#pragma once

#include <cstdint>
#include <string>

#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

// RFC 9394 4: partial-range, a window on results in ascending order: "1:500" counts from the first,
// "-1:-100" from the last.
struct PartialRange {
  bool from_end = false;
  std::uint32_t first = 1;  // as written, without the sign
  std::uint32_t last = 1;
  bool operator==(const PartialRange&) const = default;
};

PartialRange ParsePartialRange(Scanner& scanner);
// As it was written.
std::string FormatPartialRange(const PartialRange& range);
// Those of `all` that are in the window; none if it lies beyond them.
NumberRanges TakePartial(const NumberRanges& all, const PartialRange& range);

}  // namespace posthorn::imap
