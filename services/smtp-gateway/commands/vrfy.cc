// VRFY (RFC 5321 4.1.1.6, 7.3): tells nobody who exists.
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

asio::awaitable<void> RunVrfy(Session& session, std::string_view arguments) {
  if (arguments.empty()) {
    session.Send({501, "5.5.4", "Syntax: VRFY address"});
  } else {
    session.Send({252, "2.5.0", "Cannot verify, but will take mail and try to deliver it"});
  }
  co_return;
}

}  // namespace posthorn::smtp
