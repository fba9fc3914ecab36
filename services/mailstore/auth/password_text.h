// Passwords as text: one form for every way to type or encode the same one.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::store {

// The longest password, in octets as received.
inline constexpr size_t kMaxPasswordOctets = 8192;

// The form of a password that is hashed, when it is set and when it is checked (RFC 4616 2).
// SASLprep (RFC 4013), and NFC for code points newer than the Unicode 3.2 that it knows.
// InvalidArgument, with a reason fit for a user: empty, longer than kMaxPasswordOctets, not UTF-8,
// or with characters that SASLprep prohibits (NUL and other controls, mixed directions). Pure and
// thread-safe.
absl::StatusOr<std::string> PreparePassword(absl::string_view password);

}  // namespace posthorn::store
