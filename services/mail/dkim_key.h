// Keys of DKIM signatures: RSA (RFC 6376 3.3.1, RFC 8301) and Ed25519 (RFC 8463).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_pkey_st;  // EVP_PKEY of OpenSSL

namespace posthorn::mail {

enum class DkimAlgorithm : uint8_t { kRsaSha256, kEd25519Sha256 };

// "rsa-sha256", "ed25519-sha256": the value of a=.
absl::string_view DkimAlgorithmName(DkimAlgorithm algorithm);

// A private key. Copies share it; thread-safe.
class DkimKey {
 public:
  // Reads PKCS#8 or PKCS#1 PEM, at most 64 KiB and without a passphrase. InvalidArgument if it is
  // none, or neither Ed25519 nor RSA of 1024 to 4096 bits (RFC 8301 3.2).
  static absl::StatusOr<DkimKey> FromPem(absl::string_view pem);

  DkimAlgorithm algorithm() const { return algorithm_; }
  // The signature of SHA-256 of `octets`, for b= (RFC 8463 3: Ed25519 signs the hash).
  absl::StatusOr<std::string> SignSha256(absl::string_view octets) const;
  // The public key as p= has it, before base64: SubjectPublicKeyInfo of RSA, 32 octets of Ed25519.
  absl::StatusOr<std::string> PublicKey() const;

 private:
  DkimKey(std::shared_ptr<evp_pkey_st> key, DkimAlgorithm algorithm)
      : key_(std::move(key)), algorithm_(algorithm) {}

  std::shared_ptr<evp_pkey_st> key_;
  DkimAlgorithm algorithm_;
};

// A new key as PKCS#8 PEM: RSA of 2048 bits (a tenth of a second and more), or Ed25519.
absl::StatusOr<std::string> GenerateDkimKey(DkimAlgorithm algorithm);

// RFC 6376 3.6.1: the TXT record of the key, "v=DKIM1; k=rsa; p=...". Longer than 255 octets for
// RSA: a zone file splits it into strings.
absl::StatusOr<std::string> DkimRecord(const DkimKey& key);

}  // namespace posthorn::mail
