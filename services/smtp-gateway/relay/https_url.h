// URIs of scheme https (RFC 9110 4.2.2), as records in the DNS have them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::relay {

struct HttpsUrl {
  std::string host;  // a name, lower case
  uint16_t port = 443;
  std::string target = "/";  // with the query, of a request line
};

inline constexpr size_t kMaxHttpsUrl = 256;

// Nothing for what is none, is longer than kMaxHttpsUrl octets, names an address or a user.
// A fragment is left out.
std::optional<HttpsUrl> ParseHttpsUrl(absl::string_view text);

}  // namespace posthorn::relay
