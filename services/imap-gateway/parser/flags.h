#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// The system flags of RFC 3501 2.3.2 as bits, those of posthorn.v1.SystemFlag. \Recent can be told
// but never stored.
enum SystemFlag : std::uint32_t {
  kSeen = 1 << 0,
  kAnswered = 1 << 1,
  kFlagged = 1 << 2,
  kDeleted = 1 << 3,
  kDraft = 1 << 4,
};

struct Flags {
  std::uint32_t system = 0;           // SystemFlag bits
  std::vector<std::string> keywords;  // as the client spells them, each once (case-insensitive)
};

inline constexpr std::size_t kMaxKeywordLength = 100;
inline constexpr std::size_t kMaxKeywordsPerCommand = 100;

// RFC 3501 9: flag-list, "(" *flag ")". \Recent and unknown \Flags are refused.
Flags ParseFlagList(Scanner& scanner);
// STORE also takes the flags without parentheses.
Flags ParseStoreFlags(Scanner& scanner);

}  // namespace posthorn::imap
