#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/notify/notifications.h"

namespace posthorn::imap {

Done RunNotify(Session& session, NotifyArguments arguments) {
  if (arguments.bad_event) {
    // RFC 5465 3.1: with the names of all that are supported.
    co_return No(
        "BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange "
        "MailboxMetadataChange ServerMetadataChange)",
        "Unsupported event");
  }
  auto notifications = std::make_unique<Notifications>(session, std::move(arguments));
  Completion completion = co_await notifications->Start();
  if (completion.kind == Completion::Kind::kOk) {
    session.SetNotifications(std::move(notifications));
  }
  co_return completion;
}

}  // namespace posthorn::imap
