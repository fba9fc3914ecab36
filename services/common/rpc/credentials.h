// Mutual TLS between services: certificates of one internal authority, read again when the files
// change. The common name of a certificate is the service's name.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace posthorn::rpc {

struct CertificateFiles {
  std::string ca;  // PEM paths
  std::string cert;
  std::string key;
};

// From the flags rpc_ca_file, rpc_cert_file, rpc_key_file. INVALID_ARGUMENT when one is not set or
// cannot be read: services never speak without mutual TLS.
absl::StatusOr<CertificateFiles> CertificateFilesFromFlags();

// How often the files are looked at, unless said otherwise.
inline constexpr unsigned kReloadSeconds = 30;

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(
    const CertificateFiles& files, unsigned reload_seconds = kReloadSeconds);
// The server must present a certificate for the name "mailstore".
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(
    const CertificateFiles& files, unsigned reload_seconds = kReloadSeconds);

}  // namespace posthorn::rpc
