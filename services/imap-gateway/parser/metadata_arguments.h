#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// RFC 5464 4.2, 4.3.

inline constexpr std::size_t kMaxMetadataEntries = 100;

enum class MetadataDepth { kZero, kOne, kInfinity };

struct GetMetadataArguments {
  std::string mailbox;  // as written; empty: the server
  std::vector<std::string> entries;
  MetadataDepth depth = MetadataDepth::kZero;
  std::optional<std::uint32_t> max_size;
};
// The options are taken before the mailbox, as the grammar has them, and behind it, as the examples
// and clients do.
GetMetadataArguments ParseGetMetadata(Scanner& scanner);

struct SetMetadataArguments {
  std::string mailbox;
  // No value: NIL, the entry is removed.
  std::vector<std::pair<std::string, std::optional<std::string>>> entries;
};
SetMetadataArguments ParseSetMetadata(Scanner& scanner);

// An entry, or several in parentheses.
std::vector<std::string> ParseMetadataEntries(Scanner& scanner);

}  // namespace posthorn::imap
