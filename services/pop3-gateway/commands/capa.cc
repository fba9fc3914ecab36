// CAPA (RFC 2449 5).
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleCapa(Session& session, Arguments) {
  session.Ok("Capabilities follow");
  const CapabilityContext context{.login_allowed = session.login_allowed(),
                                  .tls_offered = session.tls_offered()};
  AppendCapabilities(context, &session.out());
  session.out().append(".\r\n");
  co_return;
}

}  // namespace posthorn::pop3
