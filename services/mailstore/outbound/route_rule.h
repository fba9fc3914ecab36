// What administrators name in the queue's settings, in the form in which the store keeps it. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// One domain of a rule, and an empty one beside it. Domains in the form of ParseDomain, or "*".
struct RouteDomains {
  std::string recipient;
  std::string sender;
};
absl::StatusOr<RouteDomains> ParseRouteDomains(absl::string_view recipient,
                                               absl::string_view sender);

// A rule with its domains and host in normal form. INVALID_ARGUMENT with what is wrong: names are
// letters, digits, '.', '-' and '_', at most 64; a host is a domain name or an address in brackets;
// a user name goes with a password and a certificate with its key.
absl::StatusOr<v1::RouteRule> ParseRouteRule(const v1::RouteRule& rule);

// "example.org" in the form of ParseDomain, "route:NAME" or "local". INVALID_ARGUMENT.
absl::StatusOr<std::string> ParseSite(absl::string_view text);

}  // namespace posthorn::store
