#include "imap-gateway/parser/trailing_literal.h"

#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace posthorn::imap {

std::optional<Scanner::LiteralHead> TrailingLiteral(absl::string_view line) {
  if (!absl::ConsumeSuffix(&line, "}")) {
    return std::nullopt;
  }
  Scanner::LiteralHead head;
  head.non_synchronizing = absl::ConsumeSuffix(&line, "+");
  std::size_t digits = 0;
  while (digits < line.size() &&
         absl::ascii_isdigit(static_cast<unsigned char>(line[line.size() - 1 - digits]))) {
    ++digits;
  }
  const absl::string_view number = line.substr(line.size() - digits);
  line.remove_suffix(digits);
  if (digits == 0 || !absl::ConsumeSuffix(&line, "{")) {
    return std::nullopt;
  }
  head.binary = absl::ConsumeSuffix(&line, "~");
  if (!absl::SimpleAtoi(number, &head.size)) {
    head.size = std::numeric_limits<std::uint64_t>::max();
  }
  return head;
}

}  // namespace posthorn::imap
