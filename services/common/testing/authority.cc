#include "common/testing/authority.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "common/testing/callback_queue.h"

namespace posthorn::testing_support {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Cert = std::unique_ptr<X509, decltype(&X509_free)>;

Key NewKey() { return Key(EVP_EC_gen("P-256"), EVP_PKEY_free); }

Cert NewCert(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  static long serial = 1;
  Cert cert(X509_new(), X509_free);
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
  X509_set_pubkey(cert.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(cert.get(), X509_get_subject_name(issuer != nullptr ? issuer : cert.get()));
  const auto add = [&](int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(cert.get(), extension, -1);
    X509_EXTENSION_free(extension);
  };
  if (issuer == nullptr) {
    add(NID_basic_constraints, "critical,CA:TRUE");
  } else {
    add(NID_subject_alt_name, "DNS:" + name);
  }
  X509_sign(cert.get(), issuer_key, EVP_sha256());
  return cert;
}

void Save(const std::string& path, X509* cert) {
  FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_X509(file, cert);
  std::fclose(file);
}

}  // namespace

Authority::Authority() : key_(NewKey()), cert_(NewCert("ca", key_.get(), nullptr, key_.get())) {
  KeepCallbackQueue();  // who has certificates makes calls
  char path[] = "/tmp/posthorn-test-XXXXXX";
  directory_ = ::mkdtemp(path);
  Save(directory_ + "/ca.crt", cert_.get());
}

Authority::~Authority() { std::filesystem::remove_all(directory_); }

rpc::CertificateFiles Authority::Issue(const std::string& name) {
  const Key key = NewKey();
  const Cert cert = NewCert(name, key.get(), cert_.get(), key_.get());
  const rpc::CertificateFiles files{directory_ + "/ca.crt", directory_ + "/" + name + ".crt",
                                    directory_ + "/" + name + ".key"};
  Save(files.cert, cert.get());
  FILE* file = std::fopen(files.key.c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  return files;
}

}  // namespace posthorn::testing_support
