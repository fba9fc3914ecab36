// STAT (RFC 1939 5).
#include "absl/strings/str_cat.h"
#include "pop3-gateway/commands/handlers.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

boost::asio::awaitable<void> HandleStat(Session& session, Arguments) {
  const Maildrop& maildrop = session.maildrop();
  session.Ok(absl::StrCat(maildrop.live_messages(), " ", maildrop.live_octets()));
  co_return;
}

}  // namespace posthorn::pop3
