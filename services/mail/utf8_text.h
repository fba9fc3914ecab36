// UTF-8 by characters, inside the library: ICU's macros, each used in one place.
#pragma once

#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

// How many octets at the start are ASCII.
inline size_t AsciiPrefix(absl::string_view text) {
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080ULL) != 0) {
      break;
    }
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) {
    ++i;
  }
  return i;
}

// The character at *at, which moves behind it; negative for a broken sequence, of which the longest
// start of a valid one is taken, at least one octet.
inline UChar32 NextCodePoint(absl::string_view text, size_t* at) {
  const auto* const octets = reinterpret_cast<const uint8_t*>(text.data());
  size_t i = *at;
  UChar32 c = 0;
  // NOLINTNEXTLINE(bugprone-inc-dec-in-conditions)
  U8_NEXT(octets, i, text.size(), c);
  *at = i;
  return c;
}

// Surrogates become U+FFFD.
inline void AppendCodePoint(UChar32 c, std::string* out) {
  std::array<uint8_t, 4> octets;
  size_t length = 0;
  U8_APPEND_UNSAFE(octets.data(), length, U_IS_SURROGATE(c) ? 0xFFFD : c);
  out->append(reinterpret_cast<const char*>(octets.data()), length);
}

}  // namespace posthorn::mail
