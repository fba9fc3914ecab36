#include "mailstore/auth/keyed_digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>

#include "mailstore/auth/octets.h"

namespace posthorn::store {
namespace {

// A process that cannot make or check a digest must not go on and guess.
void Require(bool ok, const char* what) {
  if (!ok) {
    std::fprintf(stderr, "posthorn: OpenSSL failed: %s\n", what);
    std::abort();
  }
}

}  // namespace

Digest KeyedDigest(absl::string_view key, std::initializer_list<absl::string_view> fields) {
  std::string input;
  size_t size = 0;
  for (absl::string_view field : fields) {
    size += 8 + field.size();
  }
  // Reserved whole, so that no copy of a password is left behind by growing.
  input.reserve(size);
  for (absl::string_view field : fields) {
    PutU64(input, field.size());
    input.append(field.data(), field.size());
  }
  Digest digest;
  unsigned int length = 0;
  const unsigned char* result = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                     reinterpret_cast<const unsigned char*>(input.data()),
                                     input.size(), digest.data(), &length);
  Require(result != nullptr && length == digest.size(), "HMAC-SHA256");
  Wipe(input);
  return digest;
}

bool EqualInConstantTime(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string RandomOctets(size_t size) {
  std::string octets(size, '\0');
  Require(
      RAND_priv_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(size)) == 1,
      "random octets");
  return octets;
}

void Wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace posthorn::store
