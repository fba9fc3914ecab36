// PROXY protocol version 2 (haproxy.org/download/2.6/doc/proxy-protocol.txt, 2.2): the header a
// load balancer sends before the client's octets.
#pragma once

#include <cstddef>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/address.h"

namespace posthorn::net {

struct ProxyHeader {
  // Absent for LOCAL (the balancer's own health check) and for families other than TCP over IP.
  std::optional<Endpoint> source;
  std::optional<Endpoint> destination;
  size_t size = 0;  // octets of the header
};

inline constexpr size_t kProxyPrefix = 16;
// Longest header accepted, with its additional fields (TLVs), which are not read.
inline constexpr size_t kProxyLimit = 16 + 1024;

// Octets the whole header has, from its first 16; INVALID_ARGUMENT if it is none.
absl::StatusOr<size_t> ProxyHeaderSize(absl::string_view prefix);

// Parses a whole header.
absl::StatusOr<ProxyHeader> ParseProxyHeader(absl::string_view header);

}  // namespace posthorn::net
