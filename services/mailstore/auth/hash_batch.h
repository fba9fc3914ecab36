// Hashes many passwords, as many at a time as the pool has threads.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailstore/auth/argon2_hash.h"
#include "mailstore/auth/hash_pool.h"

namespace posthorn::store {

// Records of the prepared passwords, in their order. Queues no more than it runs, so that logins
// come in between. Errors of HashPassword and of a full pool. Resumes on the caller's executor.
boost::asio::awaitable<absl::StatusOr<std::vector<std::string>>> HashPasswords(
    HashPool& hashes, Argon2Cost cost, const std::vector<std::string>& prepared);

}  // namespace posthorn::store
