// TLS as a client (RFC 5280, RFC 6125; DANE by RFC 6698 and RFC 7672). A handshake never fails
// because of the server's certificate: CheckPeer says afterwards what it is worth, and the caller
// decides whether to go on.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/net/stream.h"

namespace posthorn::net {

// A TLSA record (RFC 6698 2.1).
struct Tlsa {
  uint8_t usage = 0;
  uint8_t selector = 0;
  uint8_t matching = 0;
  std::string data;
  friend bool operator==(const Tlsa&, const Tlsa&) = default;
};

// Whether a client of SMTP can use the record: DANE-TA or DANE-EE with parameters that are known
// and data of the digest's length (RFC 7672 3.1).
bool IsUsable(const Tlsa& record);

struct ClientTlsOptions {
  std::string server_name;         // SNI (RFC 6066 3); empty: none
  std::vector<std::string> names;  // the certificate must be for one of them
  std::vector<Tlsa> tlsa;          // if any: these decide, and no other authority. IsUsable() each
  std::string certificate;         // PEM, that the client shows; empty: none
  std::string key;
};

class ClientTls {
 public:
  // Trusts the system's authorities and those of `ca_file` (PEM; empty: none).
  static absl::StatusOr<std::unique_ptr<ClientTls>> Make(const std::string& ca_file);

  // For Stream::StartClientTls. Thread-safe. INVALID_ARGUMENT if the client's certificate is no
  // such thing.
  absl::StatusOr<SslPtr> NewSession(const ClientTlsOptions& options) const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

// What the server's certificate is worth, after the handshake.
struct PeerCheck {
  bool verified = false;
  bool by_dane = false;
  std::string reason;        // why not
  std::string failure_type;  // why not, in the terms of RFC 8460 4.3
};
PeerCheck CheckPeer(SSL* session);

}  // namespace posthorn::net
