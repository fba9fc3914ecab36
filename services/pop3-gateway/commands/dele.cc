// DELE (RFC 1939 5).
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/commands/message_argument.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleDele(Session& session, Arguments arguments) {
  if (RequireMessage(session, arguments.message)) {
    session.maildrop().Delete(arguments.message);
    session.Ok("Marked as deleted");
  }
  co_return;
}

}  // namespace posthorn::pop3
