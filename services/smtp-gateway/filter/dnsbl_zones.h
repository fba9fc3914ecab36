// Lists of bad clients in the DNS (RFC 5782): which are asked, under which name. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/address.h"

namespace posthorn::filter {

struct DnsblZone {
  std::string zone;
  // The answers that count; without it, all in 127.0.0.0/8 but 127.255.255.0/24, by which lists say
  // that they will not answer us.
  std::optional<net::IpAddress> answer;
  int weight = 1;  // negative for lists of good clients

  bool Counts(const net::IpAddress& answered) const;
};

// "zone[=127.0.0.x][*weight],...": INVALID_ARGUMENT for anything else, and for more than 20.
absl::StatusOr<std::vector<DnsblZone>> ParseDnsbl(absl::string_view text);

// RFC 5782 2.1, 2.4: the octets of an IPv4 address, the nibbles of an IPv6 address, last one first.
std::string DnsblName(const net::IpAddress& address, absl::string_view zone);

}  // namespace posthorn::filter
