#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

// RFC 9394 4: partial-range, a window on results: "1:500" counts from the first, "-1:-100" from the
// last. Either end may be the greater.
struct PartialRange {
  std::uint32_t first = 1;  // as written, without the sign
  std::uint32_t last = 1;
  bool from_end = false;
  bool operator==(const PartialRange&) const = default;
};

PartialRange ParsePartialRange(Scanner& scanner);
// As it was written.
std::string FormatPartialRange(const PartialRange& range);

// How many results the window has room for.
std::uint64_t SizeOf(const PartialRange& range);

// Positions from 0 to before `end`.
struct ResultPositions {
  std::size_t begin = 0;
  std::size_t end = 0;
};
// RFC 9394 3.1: where the window lies on so many results; empty if it lies beyond them.
ResultPositions Locate(const PartialRange& range, std::size_t size);
// Those of `all` that are in the window; none if it lies beyond them.
NumberRanges TakePartial(const NumberRanges& all, const PartialRange& range);

}  // namespace posthorn::imap
