// Integers as big-endian octets, for the formats that mailstore signs.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::store {

inline void PutU64(std::string& out, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

// The 8 octets at `offset`, which must exist.
inline uint64_t GetU64(absl::string_view in, size_t offset) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) {
    value = value << 8 | static_cast<uint8_t>(in[offset + i]);
  }
  return value;
}

}  // namespace posthorn::store
