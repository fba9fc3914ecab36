// AUTH (RFC 5034): SASL, with an initial response. The exchange itself runs in mailstore.
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/protocol/sasl_response.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {
namespace {

// More steps than any mechanism has.
constexpr size_t kMostResponses = 8;

// Old clients ask so for the mechanisms, without CAPA.
void ListMechanisms(Session& session) {
  session.Ok("Mechanisms follow");
  absl::StrAppend(&session.out(), "PLAIN\r\nLOGIN\r\n.\r\n");
}

void FailResponse(Session& session, const absl::Status& error) {
  session.Fail(ResponseCode::kNone, error.message());
}

}  // namespace

boost::asio::awaitable<void> HandleAuth(Session& session, Arguments arguments) {
  if (!session.login_allowed()) {
    session.Fail(ResponseCode::kNone, "Log in over TLS, see STLS");
    co_return;
  }
  if (arguments.text.empty()) {
    ListMechanisms(session);
    co_return;
  }
  const std::string mechanism = absl::AsciiStrToUpper(arguments.text);
  std::vector<std::string> responses;
  if (arguments.initial_response.has_value()) {
    absl::StatusOr<std::string> initial = DecodeInitialResponse(*arguments.initial_response);
    if (!initial.ok()) {
      FailResponse(session, initial.status());
      co_return;
    }
    responses.push_back(*std::move(initial));
  }
  while (responses.size() <= kMostResponses) {
    auto answer = co_await session.SaslStep(mechanism, responses);
    if (!answer.ok()) {
      co_await session.LoginFailed(answer.status());
      co_return;
    }
    if (auto* grant = std::get_if<v1::Grant>(&*answer); grant != nullptr) {
      co_await session.EnterTransaction(std::move(*grant));
      co_return;
    }
    // RFC 5034 4: "+ " and the challenge, which may be empty.
    absl::StrAppend(&session.out(), "+ ", absl::Base64Escape(std::get<std::string>(*answer)),
                    "\r\n");
    const absl::StatusOr<std::string> line = co_await session.ReadSaslLine();
    if (!line.ok()) {
      co_return;
    }
    absl::StatusOr<std::string> response = DecodeSaslResponse(*line);
    if (!response.ok()) {
      FailResponse(session, response.status());
      co_return;
    }
    responses.push_back(*std::move(response));
  }
  session.Fail(ResponseCode::kNone, "Too many SASL responses");
}

}  // namespace posthorn::pop3
