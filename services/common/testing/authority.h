// A certificate authority for tests: issues service certificates into a directory of its own.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "common/rpc/credentials.h"

namespace posthorn::testing_support {

class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  // A certificate with this common name, which is its DNS name too.
  rpc::CertificateFiles Issue(const std::string& name);
  const std::string& directory() const { return directory_; }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> cert_;
  std::string directory_;
};

}  // namespace posthorn::testing_support
