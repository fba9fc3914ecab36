// argon2id records of passwords, as PHC strings: $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::store {

// The cost of one hash (RFC 9106 3.1). The default takes about 25 ms of one core and 19 MiB.
struct Argon2Cost {
  uint32_t memory_kib = 19 * 1024;
  uint32_t iterations = 2;
  uint32_t parallelism = 1;
  friend bool operator==(const Argon2Cost&, const Argon2Cost&) = default;
};

// Hashes a prepared password (PreparePassword) with a fresh random salt of 16 octets.
// ResourceExhausted if there is no memory for it. Blocking: call it on the HashPool.
absl::StatusOr<std::string> HashPassword(absl::string_view prepared, const Argon2Cost& cost);

// Whether the password is the one of the record, at the record's own cost. DataLoss if the record
// cannot be read or asks for more than 1 GiB; ResourceExhausted if there is no memory. Blocking.
absl::StatusOr<bool> VerifyPassword(absl::string_view prepared, const std::string& record);

// The cost that a record was made with; InvalidArgument if it is no argon2id version 19 record.
absl::StatusOr<Argon2Cost> CostOfRecord(absl::string_view record);

}  // namespace posthorn::store
