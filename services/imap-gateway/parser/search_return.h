#pragma once

#include <optional>

#include "imap-gateway/parser/partial_range.h"
#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

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
  std::optional<PartialRange> partial;
};

// "RETURN (...) " if it is there, else nothing is consumed. RETURN () is RETURN (ALL).
SearchReturn ParseSearchReturn(Scanner& scanner);

}  // namespace posthorn::imap
