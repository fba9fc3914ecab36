// DKIM signatures of what leaves (RFC 6376).
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "mail/dkim_key.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

// A key that signs.
struct SigningKey {
  std::string selector;
  mail::DkimKey key;
};

// Keeps the keys of domains for some seconds: a change holds after that in every replica.
// Thread-safe.
class Signer {
 public:
  // The keys of a domain, or of the next domain above it that has any.
  struct Keys {
    std::string domain;
    std::vector<SigningKey> keys;
  };
  // Null if they are to be read first.
  std::shared_ptr<const Keys> Peek(const std::string& author_domain);
  // Blocks if they are to be read; throws what libpqxx throws.
  std::shared_ptr<const Keys> Get(Connection& connection, const std::string& author_domain);

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::shared_ptr<const Keys> keys;
    Clock::time_point until;
  };

  std::mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_;
};

// Whether a sender may have signatures of the domain: who may send from an address of a domain says
// nothing of others.
bool IsWithin(absl::string_view domain, absl::string_view signing_domain);

// A DKIM-Signature field for each key. `header` may end with its empty line. What cannot be signed
// (no From field) is not: empty.
std::string SignWith(const Signer::Keys& keys, absl::string_view header,
                     absl::string_view body_hash, int64_t now);

// The author's domain, of a serialized v1::Envelope; empty unless all authors have the same.
std::string AuthorDomain(absl::string_view envelope);

}  // namespace posthorn::store
