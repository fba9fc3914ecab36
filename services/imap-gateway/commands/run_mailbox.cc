// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE.
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/errors/error_table.h"

namespace posthorn::imap {
namespace {

Completion InvalidName(const absl::Status& status) {
  return No("CANNOT", std::string(status.message()));
}

Done SetSubscribed(Session& session, std::string name, bool subscribed) {
  v1::SetSubscribedRequest request;
  request.set_name(std::move(name));
  request.set_subscribed(subscribed);
  v1::SetSubscribedResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::SetSubscribed, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  co_return Ok(subscribed ? "Subscribe completed" : "Unsubscribe completed");
}

}  // namespace

Done RunCreate(Session& session, MailboxArguments arguments) {
  // RFC 3501 6.3.3: a trailing separator only says that names will be made below.
  absl::StatusOr<std::string> name = CanonicalMailboxName(arguments.mailbox, true);
  if (!name.ok()) {
    co_return InvalidName(name.status());
  }
  v1::CreateMailboxRequest request;
  request.set_name(*std::move(name));
  request.set_idempotency_key(gateway::NewIdempotencyKey());
  v1::CreateMailboxResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::CreateMailbox, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  co_return Ok("Create completed");
}

Done RunDelete(Session& session, MailboxArguments arguments) {
  absl::StatusOr<std::string> name = ExistingMailbox(arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::DeleteMailboxRequest request;
  request.set_name(*std::move(name));
  request.set_idempotency_key(gateway::NewIdempotencyKey());
  v1::DeleteMailboxResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::DeleteMailbox, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  if (session.has_selected()) {
    // It may have been this one: its messages are then told as gone.
    session.selected().stale = true;
  }
  co_return Ok("Delete completed");
}

Done RunRename(Session& session, RenameArguments arguments) {
  absl::StatusOr<std::string> from = ExistingMailbox(arguments.from);
  if (!from.ok()) {
    co_return FromStatus(from.status());
  }
  absl::StatusOr<std::string> to = CanonicalMailboxName(arguments.to, true);
  if (!to.ok()) {
    co_return InvalidName(to.status());
  }
  v1::RenameMailboxRequest request;
  request.set_from(*std::move(from));
  request.set_to(*std::move(to));
  request.set_idempotency_key(gateway::NewIdempotencyKey());
  v1::RenameMailboxResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::RenameMailbox, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  if (session.has_selected()) {
    session.selected().stale = true;  // RENAME INBOX takes its messages away
  }
  co_return Ok("Rename completed");
}

Done RunSubscribe(Session& session, MailboxArguments arguments) {
  absl::StatusOr<std::string> name = CanonicalMailboxName(arguments.mailbox, true);
  if (!name.ok()) {
    co_return InvalidName(name.status());
  }
  co_return co_await SetSubscribed(session, *std::move(name), true);
}

Done RunUnsubscribe(Session& session, MailboxArguments arguments) {
  absl::StatusOr<std::string> name = CanonicalMailboxName(arguments.mailbox, true);
  if (!name.ok()) {
    co_return InvalidName(name.status());
  }
  co_return co_await SetSubscribed(session, *std::move(name), false);
}

}  // namespace posthorn::imap
