#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

inline constexpr std::size_t kMaxSectionDepth = 100;
inline constexpr std::size_t kMaxHeaderFields = 1000;

// RFC 3501 6.4.5: what stands between the brackets of BODY[...].
struct Section {
  enum class Text { kAll, kHeader, kHeaderFields, kHeaderFieldsNot, kText, kMime };
  std::vector<std::uint32_t> part;  // 1.2.3; empty: the message itself
  Text text = Text::kAll;
  std::vector<std::string> fields;  // of kHeaderFields and kHeaderFieldsNot, as written
  bool operator==(const Section&) const = default;
};

// <offset.count>: octets of the section, count above zero.
struct Partial {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  bool operator==(const Partial&) const = default;
};

// "[...]" with its brackets.
Section ParseSection(Scanner& scanner);
// "<o.n>", if there is one.
std::optional<Partial> ParsePartial(Scanner& scanner);

}  // namespace posthorn::imap
