#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mailctl/commands.h"
#include "mailctl/queue_filter_options.h"
#include "mailctl/queue_tables.h"
#include "mailctl/shown_time.h"

namespace posthorn::mailctl {
namespace {

constexpr uint32_t kPerPage = 5'000;
constexpr uint32_t kLogLines = 100;  // unless said otherwise
constexpr uint32_t kMaxLogLines = 10'000;

std::string StateOf(const v1::QueueEntry& entry) {
  if (entry.held()) {
    return "held";
  }
  return entry.leased() ? "active" : "waiting";
}

std::string OrNull(const std::string& reverse_path) {
  return reverse_path.empty() ? "<>" : reverse_path;
}

}  // namespace

Table QueueTable() {
  return {{"id", "state", "size", "queued", "next", "attempts", "sender", "recipient", "site",
           "diagnostic"},
          {}};
}

void AddRow(Table& table, const v1::QueueEntry& entry) {
  table.rows.push_back({uint64_t{entry.message_id()}, StateOf(entry), uint64_t{entry.size()},
                        ShownTime(entry.created_at_unix_seconds()),
                        ShownTime(entry.next_attempt_at_unix_seconds()), uint64_t{entry.attempts()},
                        OrNull(entry.reverse_path()), entry.forward_path(), entry.site(),
                        entry.last_diagnostic()});
}

Table LogTable() {
  return {{"time", "id", "event", "sender", "recipient", "status", "mta", "address", "tls",
           "attempts", "message-id", "diagnostic"},
          {}};
}

void AddRow(Table& table, const v1::LogEntry& entry) {
  table.rows.push_back({ShownTime(entry.at_unix_milliseconds() / 1'000),
                        uint64_t{entry.message_id()}, entry.event(), OrNull(entry.reverse_path()),
                        entry.forward_path(), entry.status_code(), entry.remote_mta(),
                        entry.remote_address(), entry.tls(), uint64_t{entry.attempts()},
                        entry.message_id_field(), entry.diagnostic()});
}

absl::StatusOr<std::string> ListQueue(Invocation& invocation) {
  const absl::StatusOr<v1::QueueFilter> filter = ReadQueueFilter(invocation);
  if (!filter.ok()) {
    return filter.status();
  }
  v1::ListQueueRequest request;
  *request.mutable_filter() = *filter;
  request.set_limit(kPerPage);
  Table table = QueueTable();
  uint64_t messages = 0;
  v1::ListQueueResponse response;
  do {
    const absl::Status status = invocation.mailstore.CallQueue(
        [&](auto& queue, auto* context) { return queue.ListQueue(context, request, &response); });
    if (!status.ok()) {
      return status;
    }
    messages = table.rows.empty() ? response.total_messages() : messages;
    for (const v1::QueueEntry& entry : response.entries()) {
      AddRow(table, entry);
      request.set_after_message_id(entry.message_id());
      request.set_after_recipient_id(entry.recipient_id());
    }
  } while (response.entries_size() == static_cast<int>(kPerPage));
  if (invocation.line.json) {
    return table.ToJson();
  }
  return table.rows.empty() ? ""
                            : absl::StrCat(table.ToText(), table.rows.size(), " recipients of ",
                                           messages, " messages\n");
}

absl::StatusOr<std::string> SearchLog(Invocation& invocation) {
  v1::SearchLogRequest request;
  request.set_text(invocation.arguments[0]);
  uint32_t limit = kLogLines;
  if (!invocation.line.limit.empty() &&
      (!absl::SimpleAtoi(invocation.line.limit, &limit) || limit == 0 || limit > kMaxLogLines)) {
    return absl::InvalidArgumentError("--limit is a number of lines, at most 10000");
  }
  request.set_limit(limit);
  v1::SearchLogResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.SearchLog(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  Table table = LogTable();
  for (const v1::LogEntry& entry : response.entries()) {
    AddRow(table, entry);
  }
  return invocation.line.json ? table.ToJson() : table.ToText();
}

}  // namespace posthorn::mailctl
