#include "common/rpc/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <unistd.h>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/config/config.h"

namespace posthorn::rpc {
namespace {

std::shared_ptr<grpc::experimental::CertificateProviderInterface> Provider(
    const CertificateFiles& files, unsigned reload_seconds) {
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key, files.cert, files.ca, reload_seconds);
}

}  // namespace

absl::StatusOr<CertificateFiles> CertificateFilesFromFlags() {
  const CertificateFiles files{absl::GetFlag(FLAGS_rpc_ca_file), absl::GetFlag(FLAGS_rpc_cert_file),
                               absl::GetFlag(FLAGS_rpc_key_file)};
  for (const std::string& path : {files.ca, files.cert, files.key}) {
    if (path.empty()) {
      return absl::InvalidArgumentError("rpc_ca_file, rpc_cert_file and rpc_key_file must be set");
    }
    if (::access(path.c_str(), R_OK) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
    }
  }
  return files;
}

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const CertificateFiles& files,
                                                           unsigned reload_seconds) {
  grpc::experimental::TlsServerCredentialsOptions options(Provider(files, reload_seconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const CertificateFiles& files,
                                                             unsigned reload_seconds) {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Provider(files, reload_seconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace posthorn::rpc
