// Small exchanges by HTTPS with servers that nobody vouches for.
//
// The certificate must be for the host, redirects are not followed (RFC 8461 3.3), and at most
// three addresses are tried. UNAUTHENTICATED if the certificate is no good.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "common/net/client_tls.h"
#include "common/net/public_address.h"
#include "smtp-gateway/dns/lookup.h"
#include "smtp-gateway/relay/http_response.h"
#include "smtp-gateway/relay/https_url.h"

namespace posthorn::relay {

namespace asio = boost::asio;

struct HttpsOptions {
  std::chrono::milliseconds timeout = std::chrono::seconds(15);  // of each step
  size_t limit = 64 * 1024;                                      // octets of the response's body
  uint16_t port = 443;                                           // of HttpsGet
  // Addresses that are not of the public network are not asked: what is behind them trusts us.
  bool private_allowed = false;
};

// The body of a response 200 of text/plain.
asio::awaitable<absl::StatusOr<std::string>> HttpsGet(dns::Resolver& resolver,
                                                      const net::ClientTls& tls,
                                                      const HttpsOptions& options, std::string host,
                                                      std::string path);

// Whatever the server responds.
asio::awaitable<absl::StatusOr<HttpResponse>> HttpsPost(dns::Resolver& resolver,
                                                        const net::ClientTls& tls,
                                                        const HttpsOptions& options, HttpsUrl url,
                                                        std::string content_type, std::string body);

using net::IsPublic;

}  // namespace posthorn::relay
