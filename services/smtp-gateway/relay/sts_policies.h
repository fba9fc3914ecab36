// The policies of MTA-STS (RFC 8461) that domains have, fetched and kept.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "smtp-gateway/relay/sts_policy.h"

namespace posthorn::relay {

namespace asio = boost::asio;

struct StsPolicyFound {
  StsPolicyText policy;
  std::string text;  // as fetched
};

struct StsLookup {
  // Nothing if the domain has none, or none that could be fetched; a policy that was known before
  // holds as long as its age (RFC 8461 3.3, 5.1).
  std::optional<StsPolicyFound> found;
  // Why the one that its record names could not be fetched (RFC 8460 4.3.2.2); empty: it could be.
  std::string failure_type;
};

class StsPolicies {
 public:
  virtual ~StsPolicies() = default;
  virtual asio::awaitable<StsLookup> Find(std::string domain) = 0;
};

}  // namespace posthorn::relay
