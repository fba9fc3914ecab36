// AUTH (RFC 4954). The exchange itself runs in mailstore.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/gateway/gateway.h"
#include "common/log/log.h"
#include "common/rpc/status.h"
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/parser/parameters.h"
#include "smtp-gateway/reply/store_replies.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr std::string_view kMechanisms[] = {"PLAIN", "LOGIN"};
// No mechanism has as many rounds.
constexpr int kMaxRounds = 10;

constexpr Reply kAccepted{235, "2.7.0", "Authentication successful"};
constexpr Reply kNotOffered{502, "5.5.1", "AUTH is not available on this port"};
constexpr Reply kAlready{503, "5.5.1", "Already authenticated"};
constexpr Reply kEncryptFirst{538, "5.7.11", "Encryption required for authentication"};
constexpr Reply kUnknownMechanism{504, "5.5.4", "Mechanism is not supported"};
constexpr Reply kBadBase64{501, "5.5.2", "Response is not valid BASE64"};
constexpr Reply kCancelled{501, "5.7.0", "Authentication cancelled"};

bool IsKnownMechanism(std::string_view name) {
  for (const std::string_view known : kMechanisms) {
    if (known == name) {
      return true;
    }
  }
  return false;
}

v1::AuthenticateRequest MakeRequest(const Session& session, std::string mechanism) {
  v1::AuthenticateRequest request;
  request.set_mechanism(std::move(mechanism));
  request.set_protocol("submission");
  request.set_peer_address(session.stream().peer().address().to_string());
  request.set_tls(session.stream().is_tls());
  request.set_session_id(session.id());
  return request;
}

// Sends a challenge and adds the client's response. False when the exchange is over.
asio::awaitable<bool> AskClient(Session& session, const std::string& challenge,
                                v1::AuthenticateRequest& request) {
  session.Send(334, {}, absl::Base64Escape(challenge));
  std::string line;
  const bool read = co_await session.ReadLine(session.server().limits.auth_line, &line);
  if (!read) {
    co_return false;
  }
  if (line == "*") {
    session.Send(kCancelled);
    co_return false;
  }
  auto response = DecodeBase64(line);
  if (!response) {
    session.Send(kBadBase64);
    co_return false;
  }
  request.add_responses(*std::move(response));
  co_return true;
}

void Refuse(Session& session, const absl::Status& error, const std::string& mechanism) {
  const Reply reply = AuthenticationReply(error);
  session.Send(reply);
  if (reply.code == 535) {
    session.CountFailedLogin();
    session.server().metrics->CountAuthentication(mechanism, false);
    log::Info("login refused", {{"session", session.id()},
                                {"peer", session.stream().peer().address().to_string()},
                                {"mechanism", mechanism}});
  }
}

asio::awaitable<void> Exchange(Session& session, v1::AuthenticateRequest& request) {
  for (int round = 0; round < kMaxRounds; ++round) {
    auto result = co_await session.server().store->Authenticate(request);
    if (!result.ok()) {
      Refuse(session, result.status(), request.mechanism());
      co_return;
    }
    if (result->has_grant()) {
      session.login() = result->grant();
      session.server().metrics->CountAuthentication(request.mechanism(), true);
      session.Send(kAccepted);
      co_return;
    }
    const std::string challenge = result->challenge();
    const bool answered = co_await AskClient(session, challenge, request);
    if (!answered) {
      co_return;
    }
  }
  session.Send(kCancelled);
}

}  // namespace

asio::awaitable<void> RunAuth(Session& session, std::string_view arguments) {
  if (session.port().role != Role::kSubmission) {
    session.Send(kNotOffered);
    co_return;
  }
  if (session.login()) {
    session.Send(kAlready);
    co_return;
  }
  if (!gateway::Gateway::PasswordAllowed(session.stream())) {
    session.Send(kEncryptFirst);
    co_return;
  }
  const size_t space = arguments.find(' ');
  const std::string_view name = arguments.substr(0, space);
  const std::string mechanism = absl::AsciiStrToUpper(absl::string_view(name.data(), name.size()));
  if (!IsKnownMechanism(mechanism)) {
    session.Send(kUnknownMechanism);
    co_return;
  }
  v1::AuthenticateRequest request = MakeRequest(session, mechanism);
  if (space != std::string_view::npos) {
    // RFC 4954 4: "=" is an empty initial response.
    const std::string_view initial = arguments.substr(space + 1);
    auto response = DecodeBase64(initial == "=" ? std::string_view() : initial);
    if (!response) {
      session.Send(kBadBase64);
      co_return;
    }
    request.add_responses(*std::move(response));
  }
  co_await Exchange(session, request);
}

// RFC 4954 4: offered only where it would be accepted, and no longer after it was.
std::string AuthKeyword(const Session& session) {
  if (session.port().role != Role::kSubmission || session.login() ||
      !gateway::Gateway::PasswordAllowed(session.stream())) {
    return "";
  }
  std::string keyword = "AUTH";
  for (const std::string_view mechanism : kMechanisms) {
    absl::StrAppend(&keyword, " ", absl::string_view(mechanism.data(), mechanism.size()));
  }
  return keyword;
}

}  // namespace posthorn::smtp
