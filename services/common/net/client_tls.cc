#include "common/net/client_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <utility>

namespace posthorn::net {
namespace {

constexpr uint8_t kDaneTa = 2;
constexpr uint8_t kDaneEe = 3;
constexpr size_t kSha256Octets = 32;
constexpr size_t kSha512Octets = 64;
constexpr int kChainDepth = 10;

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

BioPtr Octets(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

bool ShowCertificate(SSL* ssl, const ClientTlsOptions& options) {
  const BioPtr certificate = Octets(options.certificate);
  const std::unique_ptr<X509, decltype(&X509_free)> leaf(
      PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr), X509_free);
  const BioPtr key_text = Octets(options.key);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!leaf || !key || SSL_use_certificate(ssl, leaf.get()) != 1 ||
      SSL_use_PrivateKey(ssl, key.get()) != 1) {
    return false;
  }
  while (X509* next = PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr)) {
    SSL_add0_chain_cert(ssl, next);
  }
  return true;
}

// RFC 7672 3.1: for DANE-EE neither names nor dates count; for DANE-TA the names do.
bool UseTlsa(SSL* ssl, const ClientTlsOptions& options) {
  if (SSL_dane_enable(ssl, options.server_name.c_str()) != 1) {
    return false;
  }
  SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
  for (const Tlsa& record : options.tlsa) {
    SSL_dane_tlsa_add(ssl, record.usage, record.selector, record.matching,
                      reinterpret_cast<const unsigned char*>(record.data.data()),
                      record.data.size());
  }
  return true;
}

const char* FailureType(long error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "certificate-expired";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "certificate-host-mismatch";
    case X509_V_ERR_DANE_NO_MATCH:
      return "validation-failure";
    default:
      return "certificate-not-trusted";
  }
}

}  // namespace

bool IsUsable(const Tlsa& record) {
  if ((record.usage != kDaneTa && record.usage != kDaneEe) || record.selector > 1) {
    return false;
  }
  switch (record.matching) {
    case 0:
      return !record.data.empty();
    case 1:
      return record.data.size() == kSha256Octets;
    case 2:
      return record.data.size() == kSha512Octets;
    default:
      return false;
  }
}

absl::StatusOr<std::unique_ptr<ClientTls>> ClientTls::Make(const std::string& ca_file) {
  auto tls = std::make_unique<ClientTls>();
  tls->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = tls->context_.get();
  if (context == nullptr || SSL_CTX_dane_enable(context) != 1) {
    return absl::InternalError("no memory for TLS");
  }
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);  // CheckPeer
  SSL_CTX_set_verify_depth(context, kChainDepth);
  SSL_CTX_set_default_verify_paths(context);
  if (!ca_file.empty() && SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("no certificates of authorities in " + ca_file);
  }
  ERR_clear_error();
  return tls;
}

absl::StatusOr<SslPtr> ClientTls::NewSession(const ClientTlsOptions& options) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) {
    return absl::InternalError("no memory for TLS");
  }
  if (!options.certificate.empty() && !ShowCertificate(ssl.get(), options)) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the client's certificate or its key cannot be used");
  }
  if (!options.tlsa.empty()) {
    if (!UseTlsa(ssl.get(), options)) {
      return absl::InternalError("DANE cannot be used");
    }
  } else if (!options.server_name.empty()) {
    SSL_set_tlsext_host_name(ssl.get(), options.server_name.c_str());
  }
  SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  for (const std::string& name : options.names) {
    SSL_add1_host(ssl.get(), name.c_str());
  }
  return ssl;
}

PeerCheck CheckPeer(SSL* session) {
  PeerCheck check;
  if (session == nullptr || SSL_get0_peer_certificate(session) == nullptr) {
    check.reason = "no certificate";
    check.failure_type = "validation-failure";
    return check;
  }
  const long error = SSL_get_verify_result(session);
  check.verified = error == X509_V_OK;
  if (!check.verified) {
    check.reason = X509_verify_cert_error_string(error);
    check.failure_type = FailureType(error);
  }
  check.by_dane = check.verified && SSL_get0_dane_authority(session, nullptr, nullptr) >= 0;
  return check;
}

}  // namespace posthorn::net
