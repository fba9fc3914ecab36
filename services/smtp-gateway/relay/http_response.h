// Responses of HTTP/1.1 (RFC 9112), as far as one small file needs them. Pure.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::relay {

struct HttpResponse {
  int status = 0;
  std::string content_type;  // lower case, without parameters
  std::string body;
};

// Header fields, and what chunks add to the body.
inline constexpr size_t kMaxHttpOverhead = 32 * 1024;

// What has come so far; `ended` when the server has closed. Nothing: more is needed.
// INVALID_ARGUMENT for what is no response, RESOURCE_EXHAUSTED for a body over `limit`.
absl::StatusOr<std::optional<HttpResponse>> ParseHttpResponse(absl::string_view octets, bool ended,
                                                              size_t limit);

}  // namespace posthorn::relay
