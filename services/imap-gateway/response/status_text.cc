#include "imap-gateway/response/status_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {

void AppendItem(std::string& out, StatusItem item, const StatusValues& values) {
  const v1::MailboxCounters& counters = values.counters;
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
    case StatusItem::kHighestModSeq:
      absl::StrAppend(&out, "HIGHESTMODSEQ ", counters.highest_modseq());
      return;
    case StatusItem::kSize:
      absl::StrAppend(&out, "SIZE ", counters.size());
      return;
    case StatusItem::kDeleted:
      absl::StrAppend(&out, "DELETED ", counters.deleted());
      return;
    case StatusItem::kDeletedStorage:
      absl::StrAppend(&out, "DELETED-STORAGE ", counters.deleted_size());
      return;
    case StatusItem::kMailboxId:
      out.append("MAILBOXID ");
      AppendMailboxId(out, values.account_id, values.mailbox_id);
      return;
    case StatusItem::kAppendLimit:
      absl::StrAppend(&out, "APPENDLIMIT ", values.append_limit);
      return;
  }
}

bool Asked(const std::vector<StatusItem>& items, StatusItem item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

void AppendStatusItems(std::string& out, const std::vector<StatusItem>& items,
                       const StatusValues& values) {
  char before = '(';
  for (const StatusItem item : items) {
    out.push_back(before);
    AppendItem(out, item, values);
    before = ' ';
  }
  out.push_back(')');
}

void AppendMailboxId(std::string& out, std::uint64_t account_id, std::uint32_t mailbox_id) {
  absl::StrAppend(&out, "(M", account_id, "-", mailbox_id, ")");
}

v1::CounterOptions CounterOptionsFor(const std::vector<StatusItem>& items) {
  v1::CounterOptions options;
  options.set_recent(Asked(items, StatusItem::kRecent));
  options.set_deleted_size(Asked(items, StatusItem::kDeletedStorage));
  return options;
}

}  // namespace posthorn::imap
