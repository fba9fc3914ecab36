#include "mail/dkim_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxPemOctets = 64 << 10;
constexpr int kNewRsaBits = 2048;
constexpr int kMinRsaBits = 1024;  // RFC 8301 3.2
constexpr int kMaxRsaBits = 4096;
constexpr size_t kEd25519Octets = 32;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* Octets(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Octets(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

// A key with a passphrase is refused; OpenSSL would ask for it on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

// Leaves nothing in the thread's queue of errors, which others read after their calls.
absl::Status Failed(absl::string_view what) {
  ERR_clear_error();
  return absl::InternalError(absl::StrCat("OpenSSL failed: ", what));
}

}  // namespace

absl::string_view DkimAlgorithmName(DkimAlgorithm algorithm) {
  return algorithm == DkimAlgorithm::kRsaSha256 ? "rsa-sha256" : "ed25519-sha256";
}

absl::StatusOr<DkimKey> DkimKey::FromPem(absl::string_view pem) {
  if (pem.size() > kMaxPemOctets) {
    return absl::InvalidArgumentError("a key of more than 64 KiB");
  }
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::shared_ptr<EVP_PKEY> key(
      bio == nullptr ? nullptr : PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr),
      EVP_PKEY_free);
  if (key == nullptr) {
    ERR_clear_error();
    return absl::InvalidArgumentError("no private key in PEM without a passphrase");
  }
  const int bits = EVP_PKEY_get_bits(key.get());
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_ED25519:
      return DkimKey(key, DkimAlgorithm::kEd25519Sha256);
    case EVP_PKEY_RSA:
      if (bits < kMinRsaBits || bits > kMaxRsaBits) {
        return absl::InvalidArgumentError("an RSA key has 1024 to 4096 bits");
      }
      return DkimKey(key, DkimAlgorithm::kRsaSha256);
    default:
      return absl::InvalidArgumentError("a key is RSA or Ed25519");
  }
}

absl::StatusOr<std::string> DkimKey::SignSha256(absl::string_view octets) const {
  std::string hash(32, '\0');
  absl::string_view input = octets;
  const EVP_MD* digest = EVP_sha256();
  if (algorithm_ == DkimAlgorithm::kEd25519Sha256) {
    if (EVP_Digest(octets.data(), octets.size(), Octets(&hash), nullptr, digest, nullptr) != 1) {
      return Failed("SHA-256");
    }
    input = hash;
    digest = nullptr;
  }
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string signature(static_cast<size_t>(EVP_PKEY_get_size(key_.get())), '\0');
  size_t size = signature.size();
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), Octets(&signature), &size, Octets(input), input.size()) != 1) {
    return Failed("signing");
  }
  signature.resize(size);
  return signature;
}

absl::StatusOr<std::string> DkimKey::PublicKey() const {
  if (algorithm_ == DkimAlgorithm::kEd25519Sha256) {
    std::string raw(kEd25519Octets, '\0');
    size_t size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key_.get(), Octets(&raw), &size) != 1) {
      return Failed("public key");
    }
    return raw;
  }
  // RFC 6376 3.6.1 says RSAPublicKey; all the world writes SubjectPublicKeyInfo (erratum 3017).
  const int size = i2d_PUBKEY(key_.get(), nullptr);
  if (size <= 0) {
    return Failed("public key");
  }
  std::string encoded(static_cast<size_t>(size), '\0');
  unsigned char* to = Octets(&encoded);
  if (i2d_PUBKEY(key_.get(), &to) != size) {
    return Failed("public key");
  }
  return encoded;
}

absl::StatusOr<std::string> GenerateDkimKey(DkimAlgorithm algorithm) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      algorithm == DkimAlgorithm::kEd25519Sha256
          ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
          : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(kNewRsaBits)),
      EVP_PKEY_free);
  const Bio bio(BIO_new(BIO_s_secmem()), BIO_free);
  if (key == nullptr || bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return Failed("key generation");
  }
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

absl::StatusOr<std::string> DkimRecord(const DkimKey& key) {
  const absl::StatusOr<std::string> octets = key.PublicKey();
  if (!octets.ok()) {
    return octets.status();
  }
  const bool rsa = key.algorithm() == DkimAlgorithm::kRsaSha256;
  return absl::StrCat("v=DKIM1; k=", rsa ? "rsa" : "ed25519", "; p=", absl::Base64Escape(*octets));
}

}  // namespace posthorn::mail
