#include "imap-gateway/commands/capability.h"
#include "imap-gateway/commands/handlers.h"

namespace posthorn::imap {

// RFC 8437 3: never answered with NO. The compression layer ends with the response (4.1); TLS
// stays.
Done RunUnauthenticate(Session& session, NoArguments) {
  session.Unauthenticate();
  if (session.stream().is_compressed()) {
    session.ChangeLayerAfterResponse(Session::Layer::kPlain);
  }
  Completion completion = Ok("Logged out, log in again");
  completion.code = "CAPABILITY " + CapabilityList(session);
  co_return completion;
}

}  // namespace posthorn::imap
