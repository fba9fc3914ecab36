// The beginning of a session: greeting, EHLO, STARTTLS, AUTH.
#pragma once

#include <string>

#include "common/net/client_tls.h"
#include "smtp-gateway/client/connection.h"
#include "smtp-gateway/client/extensions.h"

namespace posthorn::client {

// Why a session could not begin: a reply, or a connection that broke.
struct Refusal {
  absl::Status status;
  Reply reply;  // code 0 if there was none
};

struct Hello {
  bool accepted = false;
  Extensions extensions;
  Refusal refusal;
};

// RFC 5321 3.1.
asio::awaitable<Refusal> AwaitGreeting(Connection& connection);

// EHLO, and HELO if the server does not know it (RFC 5321 3.2); LHLO for LMTP (RFC 2033 4.1).
asio::awaitable<Hello> SayHello(Connection& connection, const std::string& hostname, bool lmtp);

// STARTTLS (RFC 3207). `asked` is false when the server refused the command and the connection goes
// on as it was; with it and an error the connection is of no use.
struct StartTlsResult {
  bool asked = false;
  absl::Status status;
  Reply reply;
};
asio::awaitable<StartTlsResult> StartTls(Connection& connection, net::SslPtr session);

// RFC 4954, by PLAIN or LOGIN.
asio::awaitable<Refusal> Authenticate(Connection& connection, const Extensions& extensions,
                                      const std::string& username, const std::string& password);

}  // namespace posthorn::client
