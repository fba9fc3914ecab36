// From a site to a session with one of its hosts: routing, addresses, TLS, greeting, login.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "common/net/client_tls.h"
#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/client/connection.h"
#include "smtp-gateway/dns/resolver.h"
#include "smtp-gateway/relay/attempt_record.h"
#include "smtp-gateway/relay/router.h"
#include "smtp-gateway/relay/sts_policies.h"
#include "smtp-gateway/relay/tls_report.h"

namespace posthorn::relay {

struct ConnectorOptions {
  RouterOptions router;
  client::Timeouts timeouts;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);
  bool loopback_allowed = false;  // as a next hop by MX; for tests
  // No further host is tried then: what is asked for is given back.
  std::function<bool()> stopping = [] { return false; };
};

// Thread-safe.
class Connector {
 public:
  // `sts` may be null: MTA-STS is not looked at.
  Connector(ConnectorOptions options, dns::Resolver& resolver, const net::ClientTls& tls,
            StsPolicies* sts, TlsReport& report);

  // Tries the site's hosts until one has a session that meets the demand; for REQUIRETLS 5.7.30 if
  // none may get such mail.
  asio::awaitable<ConnectResult> Connect(std::string site, const v1::Route* route,
                                         TlsDemand demand);

 private:
  const ConnectorOptions options_;
  dns::Resolver& resolver_;
  const net::ClientTls& tls_;
  StsPolicies* const sts_;
  TlsReport& report_;
};

}  // namespace posthorn::relay
