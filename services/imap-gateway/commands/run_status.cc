#include <algorithm>

#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/response/status_text.h"
#include "imap-gateway/response/strings.h"
#include "imap-gateway/session/condstore.h"

namespace posthorn::imap {

Done RunStatus(Session& session, StatusArguments arguments) {
  const absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::GetStatusRequest request;
  request.set_name(*name);
  *request.mutable_options() = CounterOptionsFor(arguments.items);
  v1::GetStatusResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::GetStatus, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  if (std::find(arguments.items.begin(), arguments.items.end(), StatusItem::kHighestModSeq) !=
      arguments.items.end()) {
    UseCondstore(session);
  }
  std::string& out = session.out();
  out.append("* STATUS ");
  AppendMailbox(out, *name, session.features().names());
  out.push_back(' ');
  AppendStatusItems(out, arguments.items,
                    {.counters = response.counters(),
                     .account_id = response.account_id(),
                     .mailbox_id = response.mailbox_id(),
                     .append_limit = session.services().gateway.max_message_bytes()});
  out.append("\r\n");
  co_return Ok("Status completed");
}

}  // namespace posthorn::imap
