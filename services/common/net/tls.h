// The certificates clients see: every pair NAME.crt/NAME.key (or fullchain.pem/privkey.pem) of a
// directory and of its direct subdirectories, chosen by SNI, reloaded when the files change.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace posthorn::net {

struct TlsOptions {
  std::string directory;
  bool require_tls13 = false;  // else TLS 1.2 and up
};

class ServerTls {
 public:
  // Fails when the directory holds no usable pair.
  static absl::StatusOr<std::unique_ptr<ServerTls>> Load(TlsOptions options);

  // The context for a new connection; safe from any thread.
  std::shared_ptr<SSL_CTX> Current() const;

  // Looks whether the files changed and if so takes the new ones; on an error the old ones stay and
  // the error is returned. Call it every few seconds.
  absl::Status ReloadIfChanged();

 private:
  explicit ServerTls(TlsOptions options) : options_(std::move(options)) {}
  absl::Status Reload();

  TlsOptions options_;
  std::string fingerprint_;  // of names and contents of the files
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> current_;
};

}  // namespace posthorn::net
