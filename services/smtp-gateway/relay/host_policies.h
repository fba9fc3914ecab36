// The TLS that each host of a site must have: by a route, by DANE, or by MTA-STS.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "smtp-gateway/dns/lookup.h"
#include "smtp-gateway/relay/attempt_record.h"
#include "smtp-gateway/relay/router.h"
#include "smtp-gateway/relay/sts_policies.h"

namespace posthorn::relay {

// Of one search for a session, which it does not outlive.
class HostPolicies {
 public:
  // `sts` may be null: MTA-STS is not looked at. `route` is null for hosts by MX.
  // `optional`: policies of domains, not those of routes, count as far as they can be met.
  HostPolicies(dns::Resolver& resolver, StsPolicies* sts, const v1::Route* route, bool optional,
               AttemptRecord& record)
      : resolver_(resolver),
        sts_policies_(sts),
        route_(route),
        optional_(optional),
        record_(record) {}

  // Nothing if the host must not be used: the record says why. `secure`: DNSSEC vouches for the
  // host's name.
  asio::awaitable<std::optional<TlsPolicy>> Of(const Host& host, bool secure,
                                               const dns::AddressLookup& lookup);

 private:
  asio::awaitable<std::optional<TlsPolicy>> ByTlsa(const Host& host,
                                                   const dns::AddressLookup& lookup, bool& unmet);
  asio::awaitable<TlsPolicy> BySts(const Host& host, bool secure, bool& unmet);
  asio::awaitable<void> FindSts();
  TlsPolicy WithoutTlsa(const Host& host, bool secure) const;

  dns::Resolver& resolver_;
  StsPolicies* const sts_policies_;
  const v1::Route* const route_;
  const bool optional_;
  AttemptRecord& record_;
  std::optional<StsPolicyFound> sts_;
  bool sts_asked_ = false;
};

}  // namespace posthorn::relay
