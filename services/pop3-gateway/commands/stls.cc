// STLS (RFC 2595 4).
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleStls(Session& session, Arguments) {
  if (!session.tls_offered()) {
    session.Fail(ResponseCode::kNone, session.tls() ? "TLS is active" : "TLS is not available");
    co_return;
  }
  co_await session.StartTls();
}

}  // namespace posthorn::pop3
