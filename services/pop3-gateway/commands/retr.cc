// RETR (RFC 1939 5).
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/commands/message_argument.h"
#include "pop3-gateway/commands/message_transfer.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleRetr(Session& session, Arguments arguments) {
  if (RequireMessage(session, arguments.message)) {
    co_await TransferMessage(session, arguments.message, std::nullopt);
  }
}

}  // namespace posthorn::pop3
