// RSET (RFC 5321 4.1.1.5).
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

asio::awaitable<void> RunRset(Session& session, std::string_view) {
  session.transaction().Reset();
  session.Send({250, "2.0.0", "OK"});
  co_return;
}

}  // namespace posthorn::smtp
