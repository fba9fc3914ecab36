#include "mailstore/auth/auth_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/rpc/server_call.h"
#include "common/rpc/status.h"
#include "mailstore/auth/keyed_digest.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

// Labels are bounded whatever a gateway says.
std::string ProtocolLabel(const std::string& protocol) {
  for (const char* known : {"imap", "pop3", "submission"}) {
    if (protocol == known) {
      return protocol;
    }
  }
  return "other";
}

std::string ResultLabel(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return "granted";
    case absl::StatusCode::kUnauthenticated:
      return "refused";
    case absl::StatusCode::kInvalidArgument:
      return "malformed";
    case absl::StatusCode::kResourceExhausted:
      return rpc::ReasonOf(status) == v1::ErrorDetail::REASON_RATE_LIMIT ? "limited" : "failed";
    default:
      return "failed";
  }
}

// What clients may learn of the user they claim to be is not in the log either: a password typed
// in the user's place would be.
void Report(const v1::AuthenticateRequest& request, const absl::Status& status) {
  const std::string result = ResultLabel(status);
  metrics::Counter("posthorn_logins_total", "Outcomes of SASL exchanges",
                   {{"protocol", ProtocolLabel(request.protocol())}, {"result", result}})
      .Increment();
  if (!status.ok()) {
    log::Info("login " + result, {{"session", request.session_id().substr(0, 32)},
                                  {"peer", request.peer_address().substr(0, 64)},
                                  {"protocol", ProtocolLabel(request.protocol())},
                                  {"tls", request.tls()},
                                  {"reason", v1::ErrorDetail::Reason_Name(rpc::ReasonOf(status))}});
  }
}

}  // namespace

AuthService::AuthService(asio::any_io_executor executor, Authenticator& authenticator,
                         const TicketSigner& tickets)
    : executor_(std::move(executor)), authenticator_(authenticator), tickets_(tickets) {}

void AuthService::Serve(rpc::LinkMethods& methods) {
  methods.Add<v1::Auth>(this, &AuthService::DoAuthenticate);
  methods.Add<v1::Auth>(this, &AuthService::DoRefresh);
}

grpc::ServerUnaryReactor* AuthService::Authenticate(grpc::CallbackServerContext* context,
                                                    const v1::AuthenticateRequest* request,
                                                    v1::AuthenticateResponse* response) {
  return rpc::RunUnary(executor_, context, DoAuthenticate(*request, *response));
}

grpc::ServerUnaryReactor* AuthService::RefreshTicket(grpc::CallbackServerContext* context,
                                                     const v1::RefreshTicketRequest* request,
                                                     v1::RefreshTicketResponse* response) {
  return rpc::RunUnary(executor_, context, DoRefresh(*request, *response));
}

asio::awaitable<absl::Status> AuthService::DoAuthenticate(const v1::AuthenticateRequest& request,
                                                          v1::AuthenticateResponse& response) {
  const std::vector<absl::string_view> responses(request.responses().begin(),
                                                 request.responses().end());
  absl::StatusOr<SaslStep> step = mechanisms_.Replay(request.mechanism(), responses);
  if (!step.ok()) {
    Report(request, step.status());
    co_return step.status();
  }
  if (const auto* challenge = std::get_if<SaslChallenge>(&*step)) {
    response.set_challenge(challenge->text);
    co_return absl::OkStatus();
  }
  auto& credentials = std::get<SaslCredentials>(*step);
  const absl::StatusOr<Login> login =
      co_await authenticator_.Check(credentials, request.peer_address());
  Wipe(credentials.password);
  Report(request, login.status());
  if (!login.ok()) {
    co_return login.status();
  }
  Grant(*login, *response.mutable_grant());
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> AuthService::DoRefresh(const v1::RefreshTicketRequest& request,
                                                     v1::RefreshTicketResponse& response) {
  const absl::StatusOr<TicketClaims> claims = tickets_.Check(request.ticket(), absl::Now());
  if (!claims.ok()) {
    co_return claims.status();
  }
  const absl::StatusOr<Login> login =
      co_await authenticator_.Recheck(claims->account_id, claims->generation);
  if (!login.ok()) {
    co_return login.status();
  }
  Grant(*login, *response.mutable_grant());
  co_return absl::OkStatus();
}

void AuthService::Grant(const Login& login, v1::Grant& grant) const {
  const absl::Time now = absl::Now();
  TicketClaims claims;
  claims.account_id = login.account_id;
  claims.issued_at = now;
  claims.expires_at = now + kTicketLifetime;
  claims.generation = login.generation;
  grant.set_ticket(tickets_.Sign(claims));
  grant.set_account_id(login.account_id.value());
  grant.set_address(login.address);
  grant.set_expires_at_unix_seconds(absl::ToUnixSeconds(claims.expires_at));
  grant.mutable_hidden_capabilities()->Add(login.hidden_capabilities.begin(),
                                           login.hidden_capabilities.end());
}

}  // namespace posthorn::store
