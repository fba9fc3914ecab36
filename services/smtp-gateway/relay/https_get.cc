#include "smtp-gateway/relay/https_get.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/net/connect.h"
#include "smtp-gateway/relay/http_read.h"

namespace posthorn::relay {
namespace {

constexpr int kMostAddresses = 3;

asio::awaitable<absl::StatusOr<HttpResponse>> Get(net::Stream& stream, const net::ClientTls& tls,
                                                  const HttpsOptions& options,
                                                  const std::string& host,
                                                  const std::string& path) {
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
  const std::string request = absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: ", host,
                                           "\r\nAccept: text/plain\r\nConnection: close\r\n\r\n");
  status = co_await stream.Write(request);
  if (!status.ok()) {
    co_return status;
  }
  co_return co_await ReadHttpResponse(stream, options.limit);
}

}  // namespace

asio::awaitable<absl::StatusOr<std::string>> HttpsGet(dns::Resolver& resolver,
                                                      const net::ClientTls& tls,
                                                      const HttpsOptions& options, std::string host,
                                                      std::string path) {
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
    const net::Endpoint endpoint(address, options.port);
    const auto stream = co_await net::Connect(endpoint, options.timeout);
    if (!stream.ok()) {
      last = stream.status();
      continue;
    }
    auto response = co_await Get(**stream, tls, options, host, path);
    if (!response.ok()) {
      co_return response.status();
    }
    if (response->status != 200 || response->content_type != "text/plain") {
      co_return absl::FailedPreconditionError(
          absl::StrCat(host, " answers ", response->status, " ", response->content_type));
    }
    co_return std::move(response->body);
  }
  co_return last;
}

}  // namespace posthorn::relay
