#include "imap-gateway/commands/handlers.h"

namespace posthorn::imap {

Done RunStartTls(Session& session, NoArguments) {
  if (session.stream().is_tls()) {
    co_return Bad("TLS is active already");
  }
  session.ChangeLayerAfterResponse(Session::Layer::kTls);
  co_return Ok("Begin TLS negotiation now");
}

}  // namespace posthorn::imap
