// LOGIN and AUTHENTICATE: the exchange is mailstore's, this carries its messages.
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/log/log.h"
#include "common/runtime/runtime.h"
#include "imap-gateway/commands/capability.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/session/refusals.h"

namespace posthorn::imap {
namespace {

constexpr std::size_t kMaxResponseLine = 12 * 1024;
constexpr int kMaxSteps = 8;
constexpr int kMaxFailedLogins = 5;
// Against guessing, and below what makes clients give up.
constexpr std::chrono::milliseconds kFailureDelay{700};

using Step = absl::StatusOr<std::variant<std::string, v1::Grant>>;

Completion PrivacyRequired() {
  return No("PRIVACYREQUIRED", "Passwords need TLS here, use STARTTLS");
}

Done Fail(Session& session, absl::Status status) {
  Completion completion = FromStatus(status);
  if (completion.code != "AUTHENTICATIONFAILED") {
    co_return completion;
  }
  log::Info("login failed",
            {{"session", session.id()}, {"peer", session.stream().peer().address().to_string()}});
  co_await runtime::Sleep(kFailureDelay);
  if (++session.failed_logins() >= kMaxFailedLogins) {
    co_await session.Bye("", "Too many failed logins");
  }
  co_return completion;
}

Completion Succeed(Session& session, v1::Grant grant) {
  auto place = session.services().accounts.Enter(grant.account_id());
  if (!place) {
    // RFC 5530 3.
    return No("LIMIT", "Too many connections of this account");
  }
  log::Info("login", {{"session", session.id()},
                      {"account", grant.account_id()},
                      {"peer", session.stream().peer().address().to_string()},
                      {"tls", session.stream().is_tls()}});
  session.LoggedIn(
      gateway::Login(session.services().gateway.mailstore(), session.id(), std::move(grant)),
      std::move(place));
  Completion completion = Ok("Logged in");
  completion.code = absl::StrCat("CAPABILITY ", CapabilityList(session));
  return completion;
}

// RFC 3501 6.2.2: the client's answer to a challenge. Unauthenticated for "*", which cancels;
// InvalidArgument for what is no BASE64; other errors: the client is gone.
asio::awaitable<absl::StatusOr<std::string>> AskClient(Session& session, std::string challenge) {
  absl::StrAppend(&session.out(), "+ ", absl::Base64Escape(challenge), "\r\n");
  const bool sent = co_await session.output().Flush();
  if (!sent) {
    co_return absl::UnavailableError("client is gone");
  }
  session.ExpiresAfter(std::chrono::seconds(60));
  const auto line = co_await session.input().ReadLine(kMaxResponseLine);
  if (!line.ok()) {
    co_return absl::UnavailableError("client is gone");
  }
  absl::string_view response = *line;
  if (!absl::ConsumeSuffix(&response, "\r\n")) {
    CountRefusal(Refusal::kBareLineEnd);
    co_await session.Bye("CLIENTBUG", "Lines end in CRLF");
    co_return absl::UnavailableError("client is not to be trusted");
  }
  if (response == "*") {
    co_return absl::UnauthenticatedError("cancelled");
  }
  std::string decoded;
  if (!absl::Base64Unescape(response, &decoded)) {
    co_return absl::InvalidArgumentError("not BASE64");
  }
  co_return decoded;
}

Done Exchange(Session& session, gateway::SaslRequest request) {
  for (int i = 0; i < kMaxSteps; ++i) {
    Step step = co_await gateway::SaslStep(session.services().gateway.mailstore(), session.stream(),
                                           request);
    if (!step.ok()) {
      co_return co_await Fail(session, step.status());
    }
    if (auto* grant = std::get_if<v1::Grant>(&*step)) {
      co_return Succeed(session, std::move(*grant));
    }
    auto response = co_await AskClient(session, std::get<std::string>(std::move(*step)));
    if (absl::IsUnauthenticated(response.status())) {
      co_return Bad("Authentication cancelled");
    }
    if (absl::IsInvalidArgument(response.status())) {
      co_return Bad("The response is not BASE64");
    }
    if (!response.ok()) {
      if (session.stream().DrainIsOver()) {
        co_await session.Bye("UNAVAILABLE", "Server shutting down");
      }
      session.Logout();
      co_return SessionEnded();
    }
    request.responses.push_back(*std::move(response));
  }
  co_return Bad("The exchange is too long");
}

}  // namespace

Done RunLogin(Session& session, LoginArguments arguments) {
  if (!session.PasswordAllowed()) {
    co_return PrivacyRequired();
  }
  gateway::SaslRequest request;
  request.mechanism = "PLAIN";
  request.responses.push_back(gateway::PlainResponse(arguments.user, arguments.password));
  request.protocol = "imap";
  request.session_id = session.id();
  co_return co_await Exchange(session, std::move(request));
}

Done RunAuthenticate(Session& session, AuthenticateArguments arguments) {
  if (!session.PasswordAllowed()) {
    co_return PrivacyRequired();
  }
  gateway::SaslRequest request;
  request.mechanism = arguments.mechanism;
  request.protocol = "imap";
  request.session_id = session.id();
  if (arguments.initial_response) {
    std::string decoded;
    // RFC 4959 3: "=" is the empty response.
    if (*arguments.initial_response != "=" &&
        !absl::Base64Unescape(*arguments.initial_response, &decoded)) {
      co_return Bad("The response is not BASE64");
    }
    request.responses.push_back(std::move(decoded));
  }
  co_return co_await Exchange(session, std::move(request));
}

}  // namespace posthorn::imap
