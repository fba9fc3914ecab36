#include "smtp-gateway/relay/router.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace posthorn::relay {
namespace {

Routing Decided(Verdict verdict) {
  Routing routing;
  routing.verdict = std::move(verdict);
  return routing;
}

// RFC 5321 5.1: hosts that are not better than we are would give the mail back to us.
void DropOurselves(const std::string& hostname, std::vector<dns::Mx>& hosts) {
  const auto us = std::find_if(hosts.begin(), hosts.end(), [&](const dns::Mx& mx) {
    return absl::EqualsIgnoreCase(mx.exchange, hostname);
  });
  if (us != hosts.end()) {
    const uint16_t ours = us->preference;
    std::erase_if(hosts, [ours](const dns::Mx& mx) { return mx.preference >= ours; });
  }
}

}  // namespace

std::optional<net::IpAddress> ParseLiteral(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "[") || !absl::ConsumeSuffix(&text, "]")) {
    return std::nullopt;
  }
  const bool v6 = absl::StartsWithIgnoreCase(text, "IPv6:");
  if (v6) {
    text.remove_prefix(5);
  }
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text), error);
  if (error) {
    return std::nullopt;
  }
  return net::Unmapped(address);
}

std::optional<net::IpAddress> AddressOfRoute(const v1::Route& route) {
  const auto literal = ParseLiteral(route.host());
  // What an administrator writes for an address.
  return literal.has_value() ? literal : ParseLiteral(absl::StrCat("[", route.host(), "]"));
}

Routing RouteByRule(const v1::Route& route) {
  Routing routing;
  Host host{route.host(), static_cast<uint16_t>(route.port()), AddressOfRoute(route)};
  if (route.port() == 0 || route.port() > 65535) {
    host.port = 25;
  }
  routing.hosts.push_back(std::move(host));
  return routing;
}

asio::awaitable<Routing> RouteByMx(dns::Resolver& resolver, const RouterOptions& options,
                                   const std::string& domain) {
  Routing routing;
  if (absl::StartsWith(domain, "[")) {
    const auto literal = ParseLiteral(domain);
    if (!literal.has_value()) {
      co_return Decided(Failed("5.1.2", "the address literal is malformed"));
    }
    routing.hosts.push_back({domain, options.port, literal});
    co_return routing;
  }
  dns::MxLookup lookup = co_await dns::LookupMx(resolver, domain);
  routing.secure = lookup.secure;
  switch (lookup.outcome) {
    case dns::Outcome::kFailed:
      co_return Decided(
          Deferred("4.4.3", absl::StrCat("the MX of ", domain, " is not known: ", lookup.reason)));
    case dns::Outcome::kNxDomain:
      co_return Decided(Failed("5.1.2", absl::StrCat("the domain ", domain, " does not exist")));
    case dns::Outcome::kNoData:
      routing.hosts.push_back({domain, options.port, std::nullopt});
      co_return routing;
    case dns::Outcome::kData:
      break;
  }
  if (lookup.null_mx) {
    co_return Decided(Failed("5.1.10", absl::StrCat("the domain ", domain, " takes no mail")));
  }
  DropOurselves(options.hostname, lookup.hosts);
  if (lookup.hosts.empty()) {
    co_return Decided(
        Failed("5.4.6", absl::StrCat("mail for ", domain, " loops: its best MX is this server")));
  }
  for (dns::Mx& mx : lookup.hosts) {
    routing.hosts.push_back({std::move(mx.exchange), options.port, std::nullopt});
  }
  co_return routing;
}

}  // namespace posthorn::relay
