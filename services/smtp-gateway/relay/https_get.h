// One small file by HTTPS, from a server that nobody vouches for.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "common/net/client_tls.h"
#include "common/net/public_address.h"
#include "smtp-gateway/dns/lookup.h"

namespace posthorn::relay {

namespace asio = boost::asio;

struct HttpsOptions {
  std::chrono::milliseconds timeout = std::chrono::seconds(15);  // of each step
  size_t limit = 64 * 1024;                                      // octets of the file
  uint16_t port = 443;
  // Addresses that are not of the public network are not asked: what is behind them trusts us.
  bool private_allowed = false;
};

// The body of a response 200 of text/plain. The certificate must be for `host`; redirects are not
// followed (RFC 8461 3.3). At most three addresses are tried. UNAUTHENTICATED if the certificate is
// no good.
asio::awaitable<absl::StatusOr<std::string>> HttpsGet(dns::Resolver& resolver,
                                                      const net::ClientTls& tls,
                                                      const HttpsOptions& options, std::string host,
                                                      std::string path);

using net::IsPublic;

}  // namespace posthorn::relay
