// HMAC-SHA256 over several fields, for tickets and for the keys of the success cache.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::store {

using Digest = std::array<uint8_t, 32>;

// HMAC-SHA256 (RFC 2104) of the fields, each preceded by its length so that no two lists of fields
// give the same input. Thread-safe.
Digest KeyedDigest(absl::string_view key, std::initializer_list<absl::string_view> fields);

// Whether two octet strings are equal, in a time that depends on their lengths alone.
bool EqualInConstantTime(absl::string_view a, absl::string_view b);

// `size` octets from the system's generator of secrets. Stops the process if it fails.
std::string RandomOctets(size_t size);

// Overwrites the octets of a secret that is no longer needed.
void Wipe(std::string& secret);

}  // namespace posthorn::store
