// RDATA of the records that mail needs (RFC 1035 3.3, RFC 3596, RFC 6698). Pure; each fails with
// INVALID_ARGUMENT on what is too short, too long or no name.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/address.h"
#include "common/net/client_tls.h"

namespace posthorn::dns {

struct Mx {
  uint16_t preference = 0;
  std::string exchange;  // lower case, without the last dot; empty for the root (RFC 7505)
};

absl::StatusOr<Mx> ParseMx(absl::string_view rdata);
// A and AAAA.
absl::StatusOr<net::IpAddress> ParseAddress(absl::string_view rdata);
absl::StatusOr<net::Tlsa> ParseTlsa(absl::string_view rdata);
// The strings of a TXT record, joined (RFC 7208 3.3, RFC 8461 3.1).
absl::StatusOr<std::string> ParseText(absl::string_view rdata);
// A name that is not compressed; lower case, without the last dot. Octets that no host's name has
// are refused: they would reach logs and replies.
absl::StatusOr<std::string> ParseName(absl::string_view rdata);

}  // namespace posthorn::dns
