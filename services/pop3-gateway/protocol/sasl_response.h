// The client's lines in a SASL exchange (RFC 5034 4). Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::pop3 {

// A line of a SASL exchange, without the limit of commands (RFC 5034 4, RFC 4954 4).
inline constexpr size_t kMaxSaslOctets = 12288;

// Decodes a line of BASE64 (RFC 4648 4; canonical padding, nothing outside the alphabet).
// CANCELLED for "*", INVALID_ARGUMENT for what is not BASE64.
absl::StatusOr<std::string> DecodeSaslResponse(absl::string_view line);

// The same for the second argument of AUTH, where "=" stands for an empty response.
absl::StatusOr<std::string> DecodeInitialResponse(absl::string_view argument);

}  // namespace posthorn::pop3
