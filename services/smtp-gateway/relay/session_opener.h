// From an address to a session: connection, greeting, TLS, login.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "common/net/client_tls.h"
#include "smtp-gateway/relay/attempt_record.h"
#include "smtp-gateway/relay/connector.h"

namespace posthorn::relay {

// Of one search for a session, which it does not outlive.
class SessionOpener {
 public:
  SessionOpener(const ConnectorOptions& options, const net::ClientTls& tls, const v1::Route* route,
                TlsDemand demand, AttemptRecord& record)
      : options_(options), tls_(tls), route_(route), demand_(demand), record_(record) {}

  // Without a session the record says why. A second connection is made, in the clear, where TLS
  // failed and need not be.
  asio::awaitable<std::optional<Session>> Open(const Host& host, const net::IpAddress& address,
                                               const TlsPolicy& policy);

 private:
  enum class Step { kDone, kNext, kAgainInClear };

  asio::awaitable<Step> Begin(const net::Endpoint& endpoint, const TlsPolicy& policy, bool in_clear,
                              Session& session);
  asio::awaitable<Step> SetUp(Session& session, const TlsPolicy& policy, bool in_clear);
  asio::awaitable<bool> BeginInTls(Session& session, const TlsPolicy& policy);
  asio::awaitable<Step> Secure(Session& session, const TlsPolicy& policy);
  asio::awaitable<bool> Hello(Session& session);
  asio::awaitable<bool> LogIn(Session& session);
  absl::StatusOr<net::SslPtr> NewTls(const TlsPolicy& policy) const;
  bool CheckTls(Session& session, const TlsPolicy& policy);

  const ConnectorOptions& options_;
  const net::ClientTls& tls_;
  const v1::Route* const route_;
  const TlsDemand demand_;
  AttemptRecord& record_;
};

}  // namespace posthorn::relay
