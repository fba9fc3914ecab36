#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::imap {

// "(\Seen $Work)": system flag bits, the keywords of the set bits of `keyword_mask` (bit i names
// keywords[i]; bits without a name are left out), \Recent last.
void AppendFlags(std::string& out, std::uint32_t system, std::uint64_t keyword_mask,
                 std::span<const std::string> keywords, bool recent);

// The system flags of these bits, all the keywords, and `extra` ("\*" or empty).
void AppendSystemFlags(std::string& out, std::uint32_t system,
                       std::span<const std::string> keywords, absl::string_view extra);

// The same for every system flag and every keyword, for FLAGS and PERMANENTFLAGS; `extra` is
// "\*" or empty.
void AppendAllFlags(std::string& out, std::span<const std::string> keywords,
                    absl::string_view extra);

}  // namespace posthorn::imap
