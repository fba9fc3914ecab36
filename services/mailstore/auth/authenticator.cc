#include "mailstore/auth/authenticator.h"

#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "common/log/log.h"
#include "common/rpc/status.h"
#include "mailstore/auth/password_text.h"
#include "mailstore/directory/local_address.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

// Room for the logins of some ten thousand clients that connect again and again.
constexpr size_t kRememberedSuccesses = 65'536;
constexpr absl::Duration kSuccessLifetime = absl::Minutes(5);

absl::Status BadCredentials() {
  return rpc::MakeError(absl::StatusCode::kUnauthenticated, v1::ErrorDetail::REASON_BAD_CREDENTIALS,
                        "user or password is wrong");
}

absl::Status TooManyFailures() {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_RATE_LIMIT,
                        "too many wrong passwords, try again later");
}

// RFC 4616 2: the authorization identity, if any, must be one the user may act as. Here that is
// only the user.
bool ActsAsSelf(const SaslCredentials& credentials, const LocalAddress& user) {
  if (credentials.authorization_id.empty()) {
    return true;
  }
  const absl::StatusOr<LocalAddress> other = ParseLocalAddress(credentials.authorization_id);
  return other.ok() && other->key == user.key;
}

}  // namespace

Authenticator::Authenticator(Pool& database, HashPool& hashes, Argon2Cost cost,
                             FailedLoginLimits limits)
    : database_(database),
      hashes_(hashes),
      cost_(cost),
      successes_(kRememberedSuccesses, kSuccessLifetime),
      failures_(database, limits) {}

absl::Status Authenticator::Start() {
  absl::StatusOr<std::string> record = HashPassword("nobody's password", cost_);
  if (!record.ok()) {
    return record.status();
  }
  dummy_record_ = *std::move(record);
  return absl::OkStatus();
}

asio::awaitable<absl::StatusOr<Login>> Authenticator::Check(const SaslCredentials& credentials,
                                                            const std::string& peer_address) {
  absl::StatusOr<std::string> prepared = PreparePassword(credentials.password);
  if (!prepared.ok()) {
    // No account has such a password, so this tells nothing of any.
    co_return BadCredentials();
  }
  const absl::StatusOr<LocalAddress> user = ParseLocalAddress(credentials.authentication_id);
  // As the directory writes it: another spelling of a user is no other user.
  const auto keys =
      FailedLogins::KeysOf(user.ok() ? user->key : credentials.authentication_id, peer_address);
  // No user has an empty key.
  auto find = [key = user.ok() && ActsAsSelf(credentials, *user) ? user->key : "",
               limits = failures_.LimitsOf(keys)](Connection& connection) {
    return absl::StatusOr<LoginAttempt>(FindLogin(connection, key, limits));
  };
  absl::StatusOr<LoginAttempt> found = co_await database_.Run(std::move(find));
  if (!found.ok()) {
    co_return found.status();
  }
  const bool known = found->login.has_value();
  if (!known) {
    found->login.emplace();
    found->login->password_record = dummy_record_;
  }
  if (found->too_often && !IsRemembered(*found->login, *prepared)) {
    Wipe(*prepared);
    co_return TooManyFailures();
  }
  const absl::StatusOr<bool> right = co_await Verify(*found->login, *prepared);
  Wipe(*prepared);
  if (!right.ok()) {
    co_return right.status();
  }
  if (!known || !*right) {
    co_await failures_.Add(keys);
    co_return BadCredentials();
  }
  co_return *std::move(found->login);
}

bool Authenticator::IsRemembered(const Login& login, const std::string& prepared) {
  return successes_.Contains(login.account_id.value(), login.password_record, prepared,
                             absl::Now());
}

asio::awaitable<absl::StatusOr<bool>> Authenticator::Verify(const Login& login,
                                                            const std::string& prepared) {
  const uint64_t id = login.account_id.value();
  if (IsRemembered(login, prepared)) {
    co_return true;
  }
  auto verify = [&login, &prepared] { return VerifyPassword(prepared, login.password_record); };
  absl::StatusOr<bool> right = co_await hashes_.Run(verify);
  // Account 0 stands for unknown users: nothing of theirs is remembered.
  if (!right.ok() || !*right || id == 0) {
    co_return right;
  }
  successes_.Insert(id, login.password_record, prepared, absl::Now());
  const absl::StatusOr<Argon2Cost> made_with = CostOfRecord(login.password_record);
  if (made_with.ok() && *made_with != cost_) {
    co_await Rehash(login, prepared);
  }
  co_return right;
}

// A failure leaves the old record, which is as good: the next login tries again.
asio::awaitable<void> Authenticator::Rehash(const Login& login, const std::string& prepared) {
  auto hash = [this, &prepared] { return HashPassword(prepared, cost_); };
  const absl::StatusOr<std::string> record = co_await hashes_.Run(hash);
  if (!record.ok()) {
    co_return;
  }
  auto replace = [login, record = *record](Connection& connection) {
    return ReplaceRecord(connection, login, record);
  };
  const absl::Status replaced = co_await database_.Run(std::move(replace));
  if (!replaced.ok()) {
    log::Warning("password record not renewed", {{"error", std::string(replaced.message())}});
  }
}

asio::awaitable<absl::StatusOr<Login>> Authenticator::Recheck(AccountId account_id,
                                                              uint32_t generation) {
  auto find = [account_id](Connection& connection) {
    return FindLoginById(connection, account_id);
  };
  absl::StatusOr<std::optional<Login>> login = co_await database_.Run(std::move(find));
  if (!login.ok()) {
    co_return login.status();
  }
  if (!login->has_value() || (*login)->generation != generation) {
    co_return rpc::MakeError(absl::StatusCode::kUnauthenticated,
                             v1::ErrorDetail::REASON_TICKET_INVALID,
                             "the account is gone or has a new password");
  }
  co_return **std::move(login);
}

}  // namespace posthorn::store
