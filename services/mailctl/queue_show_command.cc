#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "mailctl/commands.h"
#include "mailctl/queue_filter_options.h"
#include "mailctl/queue_tables.h"

namespace posthorn::mailctl {
namespace {

// What others wrote, for a terminal: line ends and tabs are all that is left of control characters.
std::string Shown(const std::string& header) {
  std::string text = absl::StrReplaceAll(header, {{"\r\n", "\n"}});
  for (char& c : text) {
    if ((static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') || c == 0x7f) {
      c = '?';
    }
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> ShowQueued(Invocation& invocation) {
  const absl::StatusOr<uint64_t> id = ParseMessageId(invocation.arguments[0]);
  if (!id.ok()) {
    return id.status();
  }
  v1::ShowQueuedRequest request;
  request.set_message_id(*id);
  v1::ShowQueuedResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.ShowQueued(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  Table recipients = QueueTable();
  for (const v1::QueueEntry& entry : response.recipients()) {
    AddRow(recipients, entry);
  }
  Table history = LogTable();
  for (const v1::LogEntry& entry : response.history()) {
    AddRow(history, entry);
  }
  std::string text = recipients.rows.empty() ? "not in the queue any more\n" : recipients.ToText();
  if (!history.rows.empty()) {
    absl::StrAppend(&text, "\n", history.ToText());
  }
  if (!response.header().empty()) {
    absl::StrAppend(&text, "\n", Shown(response.header()));
  }
  return text;
}

}  // namespace posthorn::mailctl
