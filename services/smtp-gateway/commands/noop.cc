// NOOP (RFC 5321 4.1.1.9): its argument is ignored.
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

asio::awaitable<void> RunNoop(Session& session, std::string_view) {
  session.Send({250, "2.0.0", "OK"});
  co_return;
}

}  // namespace posthorn::smtp
