#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

void AppendItem(std::string& out, StatusItem item, const v1::MailboxCounters& counters) {
  switch (item) {
    case StatusItem::kMessages:
      absl::StrAppend(&out, "MESSAGES ", counters.messages());
      return;
    case StatusItem::kRecent:
      absl::StrAppend(&out, "RECENT ", counters.recent());
      return;
    case StatusItem::kUidNext:
      absl::StrAppend(&out, "UIDNEXT ", counters.uidnext());
      return;
    case StatusItem::kUidValidity:
      absl::StrAppend(&out, "UIDVALIDITY ", counters.uidvalidity());
      return;
    case StatusItem::kUnseen:
      absl::StrAppend(&out, "UNSEEN ", counters.unseen());
      return;
  }
}

}  // namespace

Done RunStatus(Session& session, StatusArguments arguments) {
  const absl::StatusOr<std::string> name = ExistingMailbox(arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::GetStatusRequest request;
  request.set_name(*name);
  v1::GetStatusResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::GetStatus, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  std::string& out = session.out();
  out.append("* STATUS ");
  AppendMailbox(out, *name);
  char before = '(';
  out.push_back(' ');
  for (const StatusItem item : arguments.items) {
    out.push_back(before);
    AppendItem(out, item, response.counters());
    before = ' ';
  }
  out.append(")\r\n");
  co_return Ok("Status completed");
}

}  // namespace posthorn::imap
