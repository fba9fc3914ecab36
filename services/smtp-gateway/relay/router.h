// The hosts that mail of a site goes to (RFC 5321 5.1).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/dns/lookup.h"
#include "smtp-gateway/relay/verdict.h"

namespace posthorn::relay {

namespace asio = boost::asio;

struct Host {
  std::string name;  // or the literal, with its brackets
  uint16_t port = 25;
  // The address, if none is to be looked up.
  std::optional<net::IpAddress> literal;
};

struct Routing {
  std::vector<Host> hosts;         // in the order in which they are tried
  bool secure = false;             // DNSSEC vouches for their names
  std::optional<Verdict> verdict;  // instead of hosts
};

struct RouterOptions {
  std::string hostname;  // ours
  uint16_t port = 25;
};

// `domain`: lower case A-labels, or an address literal (RFC 5321 4.1.3). NXDOMAIN and null MX
// (RFC 7505) fail, as does a domain whose best host we are (5.4.6); what the DNS does not tell is
// deferred.
asio::awaitable<Routing> RouteByMx(dns::Resolver& resolver, const RouterOptions& options,
                                   const std::string& domain);

// The host of a route that an administrator set.
Routing RouteByRule(const v1::Route& route);

// The address that its host is, with brackets or without.
std::optional<net::IpAddress> AddressOfRoute(const v1::Route& route);

// "[192.0.2.1]", "[IPv6:2001:db8::1]".
std::optional<net::IpAddress> ParseLiteral(absl::string_view text);

}  // namespace posthorn::relay
