#include "mailstore/url/url_access_service.h"

#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "common/rpc/status.h"
#include "mail/mailbox_address.h"
#include "mailstore/access/access.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/auth/login_repository.h"
#include "mailstore/caller.h"
#include "mailstore/storage/mailbox_rows.h"
#include "mailstore/url/url_key_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr int kMaxRump = 8 * 1024;
// The first octet of a token says how it was made, so that this may change (RFC 4467 2.4.1).
constexpr char kTokenVersion = 1;

absl::Status NotFound() {
  return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                        "the URL is not valid");
}

std::string TokenOf(absl::string_view key, absl::string_view rump) {
  const Digest digest = KeyedDigest(key, {"url", rump});
  std::string token(1, kTokenVersion);
  token.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  return token;
}

// RFC 4467 2.4.2: keys belong to a mailbox and its user; nobody hands out URLs of another's.
absl::StatusOr<MailboxKey> FindMailbox(Connection& connection, AccountId account,
                                       const std::string& name) {
  const auto mailbox = AuthorizeName(connection, account, name, Right::kRead);
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  if (!mailbox->own()) {
    return rpc::MakeError(absl::StatusCode::kPermissionDenied, v1::ErrorDetail::REASON_FORBIDDEN,
                          "not the caller's mailbox");
  }
  return *mailbox;
}

std::optional<AccountId> FindUser(Connection& connection, const std::string& address) {
  const auto parsed = mail::ParseMailboxAddress(address);
  if (!parsed.ok()) {
    return std::nullopt;
  }
  const auto login = FindLogin(connection, parsed->LookupKey()).login;
  return login.has_value() ? std::optional(login->account_id) : std::nullopt;
}

// RFC 4467 3. Submission on behalf of a user is what that user's own sessions do here: there is no
// login that acts for others.
bool MayUse(Connection& connection, const v1::OpenUrlRequest& request, AccountId caller) {
  switch (request.access()) {
    case v1::OpenUrlRequest::ACCESS_ANONYMOUS:
    case v1::OpenUrlRequest::ACCESS_AUTHUSER:
      return true;  // every session is some user's
    case v1::OpenUrlRequest::ACCESS_USER:
    case v1::OpenUrlRequest::ACCESS_SUBMIT:
      return FindUser(connection, request.user()) == caller;
    default:
      return false;
  }
}

// The mailbox of a URL that the caller may use, or NotFound.
absl::StatusOr<MailboxKey> Check(Connection& connection, const v1::OpenUrlRequest& request,
                                 AccountId caller) {
  const std::optional<AccountId> owner = FindUser(connection, request.owner());
  if (!owner.has_value() || !MayUse(connection, request, caller)) {
    return NotFound();
  }
  const auto state = LoadMailboxByName(connection, *owner, request.mailbox());
  if (!state.has_value() ||
      (request.uidvalidity() != 0 && request.uidvalidity() != state->uidvalidity)) {
    return NotFound();
  }
  const std::optional<std::string> key = LoadUrlKey(connection, state->key);
  if (!key.has_value() || !EqualInConstantTime(TokenOf(*key, request.rump()), request.token())) {
    return NotFound();
  }
  return state->key;
}

}  // namespace

grpc::ServerUnaryReactor* UrlAccessService::SignUrl(grpc::CallbackServerContext* context,
                                                    const v1::SignUrlRequest* request,
                                                    v1::SignUrlResponse* response) {
  return rpc::RunUnary(Executor(), context, DoSignUrl(*request, *response));
}

grpc::ServerUnaryReactor* UrlAccessService::ResetKeys(grpc::CallbackServerContext* context,
                                                      const v1::ResetKeysRequest* request,
                                                      v1::ResetKeysResponse*) {
  return rpc::RunUnary(Executor(), context, DoResetKeys(*request));
}

grpc::ServerUnaryReactor* UrlAccessService::OpenUrl(grpc::CallbackServerContext* context,
                                                    const v1::OpenUrlRequest* request,
                                                    v1::OpenUrlResponse* response) {
  return rpc::RunUnary(Executor(), context, DoOpenUrl(*request, *response));
}

asio::awaitable<absl::Status> UrlAccessService::DoSignUrl(const v1::SignUrlRequest& request,
                                                          v1::SignUrlResponse& response) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  if (request.rump().empty() || request.rump().size() > kMaxRump) {
    co_return absl::InvalidArgumentError("rump: 1 to 8,192 octets");
  }
  auto ensure = [account = *account, name = request.mailbox(),
                 proposed = RandomOctets(kUrlKeySize)](
                    Connection& connection) -> absl::StatusOr<std::string> {
    const auto mailbox = FindMailbox(connection, account, name);
    if (!mailbox.ok()) {
      return mailbox.status();
    }
    return EnsureUrlKey(connection, *mailbox, proposed);
  };
  const absl::StatusOr<std::string> key = co_await store_.reads().Run(std::move(ensure));
  if (!key.ok()) {
    co_return key.status();
  }
  if (key->empty()) {
    co_return absl::UnavailableError("the mailbox's key was just taken back");
  }
  response.set_token(TokenOf(*key, request.rump()));
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> UrlAccessService::DoResetKeys(const v1::ResetKeysRequest& request) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  auto reset = [account = *account, all = !request.has_mailbox(), name = request.mailbox(),
                key = RandomOctets(kUrlKeySize)](Connection& connection) -> absl::StatusOr<bool> {
    if (all) {
      DeleteUrlKeys(connection, account);
      return true;
    }
    const auto mailbox = FindMailbox(connection, account, name);
    if (!mailbox.ok()) {
      return mailbox.status();
    }
    ReplaceUrlKey(connection, *mailbox, key);
    return true;
  };
  co_return (co_await store_.reads().Run(std::move(reset))).status();
}

asio::awaitable<absl::Status> UrlAccessService::DoOpenUrl(const v1::OpenUrlRequest& request,
                                                          v1::OpenUrlResponse& response) {
  const absl::StatusOr<AccountId> caller = CheckCaller(tickets_, request.caller());
  if (!caller.ok()) {
    co_return caller.status();
  }
  auto check = [&request, caller = *caller](Connection& connection) {
    return Check(connection, request, caller);
  };
  const absl::StatusOr<MailboxKey> mailbox = co_await store_.reads().Run(std::move(check));
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  *response.mutable_mailbox() = ToProto(*mailbox);
  response.set_grant(
      tickets_.SignGrant({*mailbox, Uid(request.uid())}, absl::Now() + kGrantLifetime));
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
