// NOOP (RFC 1939 5).
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleNoop(Session& session, Arguments) {
  session.Ok("Nothing done");
  co_return;
}

}  // namespace posthorn::pop3
