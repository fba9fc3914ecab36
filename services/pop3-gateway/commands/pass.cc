// PASS (RFC 1939 7).
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/gateway/login.h"
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandlePass(Session& session, Arguments arguments) {
  // RFC 1939 7: PASS comes immediately after a USER that succeeded.
  if (session.user().empty()) {
    session.Fail(ResponseCode::kNone, "USER first");
    co_return;
  }
  std::vector<std::string> responses = {gateway::PlainResponse(session.user(), arguments.text)};
  session.user().clear();
  auto answer = co_await session.SaslStep("PLAIN", std::move(responses));
  if (!answer.ok()) {
    co_await session.LoginFailed(answer.status());
  } else if (auto* grant = std::get_if<v1::Grant>(&*answer); grant != nullptr) {
    co_await session.EnterTransaction(std::move(*grant));
  } else {
    co_await session.LoginFailed(absl::InternalError("PLAIN was answered with a challenge"));
  }
}

}  // namespace posthorn::pop3
