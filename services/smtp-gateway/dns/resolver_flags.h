// The resolvers of this process, as its flags have them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "absl/status/statusor.h"
#include "smtp-gateway/dns/unbound_resolver.h"
#include "smtp-gateway/dns/validating_resolver.h"

namespace posthorn::dns {

// Asks --dns_server and validates nothing; see UnboundResolver::Make.
absl::StatusOr<std::unique_ptr<UnboundResolver>> ResolverFromFlags(asio::any_io_executor executor);

// Validates as --dnssec and --dns_trust_anchor say.
absl::StatusOr<std::unique_ptr<ValidatingResolver>> ValidatingResolverFromFlags(
    asio::any_io_executor executor);

}  // namespace posthorn::dns
