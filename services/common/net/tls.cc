#include "common/net/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

namespace posthorn::net {
namespace {

namespace fs = std::filesystem;

struct KeyPair {
  std::string certificate;  // paths
  std::string key;
};

using ContextPtr = std::shared_ptr<SSL_CTX>;

// The contexts of one load: the first is the default, SNI picks among all.
struct ContextSet {
  std::vector<ContextPtr> contexts;
};

void FindPairsIn(const fs::path& directory, std::vector<KeyPair>& pairs) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    fs::path key = file;
    if (file.extension() == ".crt" && fs::exists(key.replace_extension(".key"), error)) {
      pairs.push_back({file.string(), key.string()});
    } else if (file.filename() == "fullchain.pem" &&
               fs::exists(file.parent_path() / "privkey.pem", error)) {
      pairs.push_back({file.string(), (file.parent_path() / "privkey.pem").string()});
    }
  }
}

std::vector<KeyPair> FindPairs(const std::string& directory) {
  std::vector<KeyPair> pairs;
  FindPairsIn(directory, pairs);
  std::error_code error;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    // Names like ..data are the links of Kubernetes' mounted secrets, seen already.
    if (entry.is_directory(error) && !absl::StartsWith(entry.path().filename().string(), ".")) {
      folders.push_back(entry.path());
    }
  }
  std::sort(folders.begin(), folders.end());
  for (const fs::path& folder : folders) {
    FindPairsIn(folder, pairs);
  }
  return pairs;
}

std::string FileContent(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Fingerprint(const std::vector<KeyPair>& pairs) {
  std::string all;
  for (const KeyPair& pair : pairs) {
    absl::StrAppend(&all, pair.certificate, "\n", FileContent(pair.certificate),
                    FileContent(pair.key));
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(all.data(), all.size(), digest, &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<char*>(digest), size};
}

int ChooseByName(SSL* ssl, int*, void* arg) {
  const auto* set = static_cast<const ContextSet*>(arg);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  for (const ContextPtr& context : set->contexts) {
    X509* certificate = SSL_CTX_get0_certificate(context.get());
    if (certificate != nullptr && X509_check_host(certificate, name, 0, 0, nullptr) == 1) {
      SSL_set_SSL_CTX(ssl, context.get());
      return SSL_TLSEXT_ERR_OK;
    }
  }
  // An unknown name gets the default certificate: mail clients often connect by another name.
  return SSL_TLSEXT_ERR_NOACK;
}

void PublishExpiry(const std::string& name, SSL_CTX* context) {
  X509* certificate = SSL_CTX_get0_certificate(context);
  int days = 0;
  int seconds = 0;
  if (certificate == nullptr ||
      ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) != 1) {
    return;
  }
  metrics::Gauge("posthorn_tls_certificate_expiry_timestamp_seconds",
                 "When the certificate ends to be valid", {{"name", name}})
      .Set(static_cast<double>(time(nullptr)) + days * 86400.0 + seconds);
}

absl::StatusOr<ContextPtr> MakeContext(const KeyPair& pair, bool require_tls13) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) {
    return absl::InternalError("no memory for TLS");
  }
  SSL_CTX_set_min_proto_version(context.get(), require_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (SSL_CTX_use_certificate_chain_file(context.get(), pair.certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), pair.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    return absl::InvalidArgumentError(absl::StrCat(pair.certificate, ": ", text));
  }
  // With its folder: certbot and others name the files of every certificate the same.
  const fs::path file = fs::absolute(pair.certificate);
  PublishExpiry((file.parent_path().filename() / file.filename()).string(), context.get());
  return context;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerTls>> ServerTls::Load(TlsOptions options) {
  auto tls = std::unique_ptr<ServerTls>(new ServerTls(std::move(options)));
  if (const absl::Status status = tls->Reload(); !status.ok()) {
    return status;
  }
  return tls;
}

absl::Status ServerTls::Reload() {
  const auto pairs = FindPairs(options_.directory);
  if (pairs.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no certificate in ", options_.directory, " (wanted: tls.crt with tls.key)"));
  }
  const std::string fingerprint = Fingerprint(pairs);
  auto set = std::make_shared<ContextSet>();
  for (const KeyPair& pair : pairs) {
    auto context = MakeContext(pair, options_.require_tls13);
    if (!context.ok()) {
      return context.status();
    }
    set->contexts.push_back(*std::move(context));
  }
  SSL_CTX* first = set->contexts.front().get();
  SSL_CTX_set_tlsext_servername_callback(first, ChooseByName);
  SSL_CTX_set_tlsext_servername_arg(first, set.get());
  const std::lock_guard lock(mutex_);
  fingerprint_ = fingerprint;
  // Aliases the set, so that all its contexts live as long as a connection that may pick one.
  current_ = std::shared_ptr<SSL_CTX>(set, first);
  return absl::OkStatus();
}

std::shared_ptr<SSL_CTX> ServerTls::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

absl::Status ServerTls::ReloadIfChanged() {
  const auto pairs = FindPairs(options_.directory);
  if (pairs.empty() || Fingerprint(pairs) == fingerprint_) {
    return absl::OkStatus();
  }
  const absl::Status status = Reload();
  if (status.ok()) {
    log::Info("certificates reloaded", {{"directory", options_.directory}});
  }
  return status;
}

}  // namespace posthorn::net
