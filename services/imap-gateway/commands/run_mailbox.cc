// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE.
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/commands/tell_listed.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/mailbox/special_use.h"
#include "imap-gateway/response/status_text.h"

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

Done RunCreate(Session& session, CreateArguments arguments) {
  absl::StatusOr<std::string> name = NewMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return InvalidName(name.status());
  }
  v1::CreateMailboxRequest request;
  request.set_name(*std::move(name));
  request.set_idempotency_key(gateway::NewIdempotencyKey());
  if (!arguments.uses.empty()) {
    // RFC 6154 3: a mailbox has one use here, of those that are known.
    request.set_special_use(SpecialUseOf(arguments.uses.front()));
    if (arguments.uses.size() > 1 || request.special_use() == v1::SPECIAL_USE_NONE) {
      co_return No("USEATTR", "Special use not supported");
    }
  }
  v1::CreateMailboxResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::CreateMailbox, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  if (session.features().imap4rev2 && IsOtherSpelling(session, request.name(), arguments.mailbox)) {
    // RFC 9051 6.3.4. The mailbox is made, whatever becomes of this.
    (void)co_await TellListed(session, request.name(), arguments.mailbox);
  }
  Completion completion = Ok("Create completed");
  // RFC 8474 4.1.
  completion.code = "MAILBOXID ";
  AppendMailboxId(completion.code, response.account_id(), response.mailbox_id());
  co_return completion;
}

Done RunDelete(Session& session, MailboxArguments arguments) {
  absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
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
  absl::StatusOr<std::string> from = ExistingMailbox(session, arguments.from);
  if (!from.ok()) {
    co_return FromStatus(from.status());
  }
  absl::StatusOr<std::string> to = NewMailbox(session, arguments.to);
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
  absl::StatusOr<std::string> name = NewMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return InvalidName(name.status());
  }
  co_return co_await SetSubscribed(session, *std::move(name), true);
}

Done RunUnsubscribe(Session& session, MailboxArguments arguments) {
  absl::StatusOr<std::string> name = NewMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return InvalidName(name.status());
  }
  co_return co_await SetSubscribed(session, *std::move(name), false);
}

}  // namespace posthorn::imap
