// EXPN (RFC 5321 4.1.1.7, 7.3): who is on a list is not told.
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

asio::awaitable<void> RunExpn(Session& session, std::string_view) {
  session.Send({502, "5.5.1", "EXPN is not available"});
  co_return;
}

}  // namespace posthorn::smtp
