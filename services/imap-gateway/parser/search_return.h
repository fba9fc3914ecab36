#pragma once

#include <cstdint>
#include <optional>

#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// RFC 9394 4: partial-range, as written: positions among the results, 1 the first one; from_end: -1
// the last one. Either end may be the greater.
struct ResultRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool from_end = false;
};
ResultRange ParseResultRange(Scanner& scanner);

// RFC 4731 3.1: what SEARCH, SORT and ESEARCH are to return, with the options of RFC 5182, RFC
// 5267, RFC 6203 and RFC 9394.
struct SearchReturn {
  bool given = false;  // RETURN was written: the answer is an ESEARCH response
  bool min = false;
  bool max = false;
  bool all = false;
  bool count = false;
  bool save = false;
  bool update = false;
  bool context = false;
  bool relevancy = false;
  std::optional<ResultRange> partial;
};

// "RETURN (...) " if it is there, else nothing is consumed. RETURN () is RETURN (ALL).
SearchReturn ParseSearchReturn(Scanner& scanner);

}  // namespace posthorn::imap
