// USER (RFC 1939 7).
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleUser(Session& session, Arguments arguments) {
  if (!session.login_allowed()) {
    // RFC 2595 2.3: no password in the clear; the name is refused before the password is sent.
    session.Fail(ResponseCode::kNone, "Log in over TLS, see STLS");
    co_return;
  }
  session.user() = std::string(arguments.text);
  // The same answer whether there is such a user or not.
  session.Ok("Send PASS");
}

}  // namespace posthorn::pop3
