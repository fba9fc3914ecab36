#include "smtp-gateway/relay/https.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/net/connect.h"
#include "smtp-gateway/relay/http_read.h"

namespace posthorn::relay {
namespace {

constexpr int kMostAddresses = 3;

asio::awaitable<absl::StatusOr<HttpResponse>> Exchange(net::Stream& stream,
                                                       const net::ClientTls& tls,
                                                       const HttpsOptions& options,
                                                       const std::string& host,
                                                       const std::string& request) {
  net::ClientTlsOptions wanted;
  wanted.server_name = host;
  wanted.names = {host};
  auto session = tls.NewSession(wanted);
  if (!session.ok()) {
    co_return session.status();
  }
  stream.ExpiresAfter(options.timeout);
  absl::Status status = co_await stream.StartClientTls(*std::move(session));
  if (!status.ok()) {
    co_return status;
  }
  if (const net::PeerCheck check = net::CheckPeer(stream.tls_session()); !check.verified) {
    co_return absl::UnauthenticatedError(check.reason);
  }
  status = co_await stream.Write(request);
  if (!status.ok()) {
    co_return status;
  }
  co_return co_await ReadHttpResponse(stream, options.limit);
}

// By the first address that takes the connection.
asio::awaitable<absl::StatusOr<HttpResponse>> Ask(dns::Resolver& resolver,
                                                  const net::ClientTls& tls,
                                                  const HttpsOptions& options,
                                                  const std::string& host, uint16_t port,
                                                  const std::string& request) {
  const dns::AddressLookup lookup = co_await dns::LookupAddresses(resolver, host);
  absl::Status last = absl::UnavailableError(absl::StrCat(host, " has no address"));
  int tried = 0;
  for (const net::IpAddress& address : lookup.addresses) {
    if (!options.private_allowed && !IsPublic(address)) {
      last = absl::PermissionDeniedError(absl::StrCat(host, " is not in the public network"));
      continue;
    }
    if (++tried > kMostAddresses) {
      break;
    }
    const net::Endpoint endpoint(address, port);
    const auto stream = co_await net::Connect(endpoint, options.timeout);
    if (stream.ok()) {
      co_return co_await Exchange(**stream, tls, options, host, request);
    }
    last = stream.status();
  }
  co_return last;
}

}  // namespace

asio::awaitable<absl::StatusOr<std::string>> HttpsGet(dns::Resolver& resolver,
                                                      const net::ClientTls& tls,
                                                      const HttpsOptions& options, std::string host,
                                                      std::string path) {
  const std::string request = absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: ", host,
                                           "\r\nAccept: text/plain\r\nConnection: close\r\n\r\n");
  auto response = co_await Ask(resolver, tls, options, host, options.port, request);
  if (!response.ok()) {
    co_return response.status();
  }
  if (response->status != 200 || response->content_type != "text/plain") {
    co_return absl::FailedPreconditionError(
        absl::StrCat(host, " answers ", response->status, " ", response->content_type));
  }
  co_return std::move(response->body);
}

asio::awaitable<absl::StatusOr<HttpResponse>> HttpsPost(dns::Resolver& resolver,
                                                        const net::ClientTls& tls,
                                                        const HttpsOptions& options, HttpsUrl url,
                                                        std::string content_type,
                                                        std::string body) {
  const std::string port = url.port == 443 ? "" : absl::StrCat(":", url.port);
  const std::string request =
      absl::StrCat("POST ", url.target, " HTTP/1.1\r\nHost: ", url.host, port,
                   "\r\nContent-Type: ", content_type, "\r\nContent-Length: ", body.size(),
                   "\r\nConnection: close\r\n\r\n", body);
  co_return co_await Ask(resolver, tls, options, url.host, url.port, request);
}

}  // namespace posthorn::relay
