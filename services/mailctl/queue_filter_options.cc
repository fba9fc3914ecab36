#include "mailctl/queue_filter_options.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace posthorn::mailctl {

absl::StatusOr<uint64_t> ParseMessageId(const std::string& text) {
  uint64_t id = 0;
  if (!absl::SimpleAtoi(text, &id) || id == 0) {
    return absl::InvalidArgumentError(absl::StrCat(text, " is not the number of a message"));
  }
  return id;
}

absl::StatusOr<v1::QueueFilter> ReadQueueFilter(const Invocation& invocation) {
  v1::QueueFilter filter;
  filter.set_site(invocation.line.site);
  filter.set_reverse_path(invocation.line.from);
  filter.set_forward_path(invocation.line.to);
  if (!invocation.arguments.empty()) {
    const absl::StatusOr<uint64_t> id = ParseMessageId(invocation.arguments[0]);
    if (!id.ok()) {
      return id.status();
    }
    filter.set_message_id(*id);
  }
  return filter;
}

}  // namespace posthorn::mailctl
