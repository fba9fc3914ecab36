#include "pop3-gateway/commands/message_argument.h"

#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {

bool RequireMessage(Session& session, uint32_t message) {
  if (session.maildrop().Has(message)) {
    return true;
  }
  session.Fail(ResponseCode::kNone, message <= session.maildrop().last()
                                        ? "The message is marked as deleted"
                                        : "There is no such message");
  return false;
}

}  // namespace posthorn::pop3
