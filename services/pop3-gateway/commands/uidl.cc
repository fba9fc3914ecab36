// UIDL (RFC 1939 7): unique-id listings.
#include "absl/strings/str_cat.h"
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/commands/message_argument.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleUidl(Session& session, Arguments arguments) {
  const Maildrop& maildrop = session.maildrop();
  if (arguments.message != 0) {
    if (RequireMessage(session, arguments.message)) {
      session.Ok(absl::StrCat(arguments.message, " ", maildrop.UniqueId(arguments.message)));
    }
    co_return;
  }
  session.Ok("Unique ids follow");
  for (uint32_t message = 1; message <= maildrop.last() && !session.closing(); ++message) {
    if (!maildrop.Has(message)) {
      continue;
    }
    absl::StrAppend(&session.out(), message, " ");
    maildrop.AppendUniqueId(message, &session.out());
    session.out().append("\r\n");
    if (session.ShouldFlush()) {
      co_await session.Flush();
    }
  }
  session.out().append(".\r\n");
}

}  // namespace posthorn::pop3
