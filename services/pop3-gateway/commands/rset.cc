// RSET (RFC 1939 5).
#include "absl/strings/str_cat.h"
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleRset(Session& session, Arguments) {
  Maildrop& maildrop = session.maildrop();
  maildrop.Reset();
  session.Ok(absl::StrCat("Maildrop has ", maildrop.live_messages(), " messages (",
                          maildrop.live_octets(), " octets)"));
  co_return;
}

}  // namespace posthorn::pop3
