// Asks lists in the DNS about a client (RFC 5782).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "smtp-gateway/dns/resolver.h"
#include "smtp-gateway/filter/dnsbl_zones.h"

namespace posthorn::filter {

namespace asio = boost::asio;

struct DnsblOptions {
  std::vector<DnsblZone> zones;
  int threshold = 1;  // weights of the lists that name a client, together, from which it is refused
  std::chrono::milliseconds timeout = std::chrono::seconds(5);
};

// Thread-safe. The resolver outlives it and the questions that are under way.
class Dnsbl {
 public:
  Dnsbl(DnsblOptions options, dns::Resolver& resolver);

  // The flags' lists, with no zones if there are none.
  static absl::StatusOr<DnsblOptions> OptionsFromFlags();

  // Why the client is refused; empty if it is not. All lists are asked at the same time; one that
  // has not answered in time has nothing to say, and private addresses are on none.
  asio::awaitable<std::string> Check(const net::IpAddress& address) const;

 private:
  struct Round;
  static asio::awaitable<void> Ask(dns::Resolver& resolver, DnsblZone zone, std::string name,
                                   std::shared_ptr<Round> round);
  const DnsblOptions options_;
  dns::Resolver& resolver_;
};

}  // namespace posthorn::filter
