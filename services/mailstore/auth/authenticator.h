// Decides whether a login is right, at a cost that does not tell why it is not.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "mailstore/auth/argon2_hash.h"
#include "mailstore/auth/failed_logins.h"
#include "mailstore/auth/hash_pool.h"
#include "mailstore/auth/login_repository.h"
#include "mailstore/auth/sasl_exchange.h"
#include "mailstore/auth/success_cache.h"
#include "mailstore/db/pool.h"

namespace posthorn::store {

// Thread-safe; runs on the caller's executor and never blocks it.
class Authenticator {
 public:
  // `database` and `hashes` must outlive it. `cost` is that of new records; a login with a record
  // of another cost hashes its password again.
  Authenticator(Pool& database, HashPool& hashes, Argon2Cost cost, FailedLoginLimits limits = {});

  // Makes the record that unknown users' passwords are compared with. Blocking; call it before
  // anything else.
  absl::Status Start();

  // The login, if the password is right. Wrong and unknown are one error, after the same work:
  // UNAUTHENTICATED (REASON_BAD_CREDENTIALS). RESOURCE_EXHAUSTED (REASON_RATE_LIMIT) after too many
  // that were wrong, whatever this one is; only a password that was right a moment ago is taken
  // then. RESOURCE_EXHAUSTED (REASON_OVERLOADED) when too many wait; UNAVAILABLE when the database
  // is away.
  boost::asio::awaitable<absl::StatusOr<Login>> Check(const SaslCredentials& credentials,
                                                      const std::string& peer_address);

  // The login of an account, for a new ticket; UNAUTHENTICATED (REASON_TICKET_INVALID) if it is
  // gone or its password's generation is another one.
  boost::asio::awaitable<absl::StatusOr<Login>> Recheck(AccountId account_id, uint32_t generation);

 private:
  boost::asio::awaitable<absl::StatusOr<bool>> Verify(const Login& login,
                                                      const std::string& prepared);
  bool IsRemembered(const Login& login, const std::string& prepared);
  boost::asio::awaitable<void> Rehash(const Login& login, const std::string& prepared);

  Pool& database_;
  HashPool& hashes_;
  const Argon2Cost cost_;
  SuccessCache successes_;
  FailedLogins failures_;
  std::string dummy_record_;
};

}  // namespace posthorn::store
