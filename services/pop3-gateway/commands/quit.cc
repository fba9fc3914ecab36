// QUIT (RFC 1939 4 and 6): in TRANSACTION it enters UPDATE, the only place where mail is removed.
#include "absl/strings/str_cat.h"
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleQuit(Session& session, Arguments) {
  if (session.state() == kTransaction) {
    const uint32_t marked = session.maildrop().deleted_messages();
    const absl::Status updated = co_await session.Update();
    if (updated.ok()) {
      session.Ok(absl::StrCat("Bye, ", marked, " messages deleted"));
    } else if (marked == 0) {
      // Nothing was asked for that could fail: the lock runs out by itself.
      session.Ok("Bye");
    } else {
      // RFC 1939 6: -ERR if some were not removed. All are removed or none.
      session.Fail(updated);
    }
  } else {
    session.Ok("Bye");
  }
  session.Close("QUIT");
}

}  // namespace posthorn::pop3
