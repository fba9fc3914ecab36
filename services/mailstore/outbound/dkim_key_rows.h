// Table dkim_key: the keys that sign what leaves (RFC 6376, RFC 8463). All functions block and are
// for Pool::Run; they throw what libpqxx throws. Domains are in the form of ParseDomain.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// A private key that is in no table yet: mail::GenerateDkimKey.
struct NewDkimKey {
  v1::DkimAlgorithm algorithm = v1::DKIM_ALGORITHM_UNSPECIFIED;
  std::string private_key;  // PEM
};

// The keys of a domain that this transaction made: they sign at once.
void AddFirstDkimKeys(Transaction& transaction, const std::string& domain,
                      absl::Span<const NewDkimKey> keys);

// A selector is made up if there is none: "202611r", then "202611r2". The first key of its
// algorithm signs in any case; one that signs retires the others. NOT_FOUND (REASON_NOT_FOUND) for
// a domain that is not served here, ALREADY_EXISTS for a selector, RESOURCE_EXHAUSTED
// (REASON_TOO_MANY) for a domain with kMaxDkimKeys.
absl::StatusOr<v1::DkimKey> AddDkimKey(Connection& connection, const std::string& domain,
                                       const std::string& selector, const NewDkimKey& key,
                                       bool sign);
inline constexpr int kMaxDkimKeys = 100;

// By domain, the newest first, with their records. Empty domain: all.
absl::StatusOr<std::vector<v1::DkimKey>> ListDkimKeys(Connection& connection,
                                                      const std::string& domain);

// NOT_FOUND (REASON_NOT_FOUND); FAILED_PRECONDITION when a key is to be removed that signs.
absl::StatusOr<v1::DkimKey> ChangeDkimKey(Connection& connection, const std::string& domain,
                                          const std::string& selector,
                                          v1::ChangeDkimKeyRequest::Change change);

}  // namespace posthorn::store
