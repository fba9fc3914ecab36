// QUIT (RFC 5321 4.1.1.10).
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

asio::awaitable<void> RunQuit(Session& session, std::string_view) {
  session.Send({221, "2.0.0", "Bye"});
  session.Close();
  co_return;
}

}  // namespace posthorn::smtp
