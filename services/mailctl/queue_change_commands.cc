#include "absl/strings/str_cat.h"
#include "mailctl/commands.h"
#include "mailctl/queue_filter_options.h"

namespace posthorn::mailctl {
namespace {

using Change = v1::ChangeQueueRequest;

absl::StatusOr<std::string> ChangeQueued(Invocation& invocation, Change::Change change,
                                         absl::string_view done) {
  const absl::StatusOr<v1::QueueFilter> filter = ReadQueueFilter(invocation);
  if (!filter.ok()) {
    return filter.status();
  }
  if (filter->ByteSizeLong() == 0) {
    return absl::InvalidArgumentError("which? Give an ID, --site, --from or --to");
  }
  Change request;
  *request.mutable_filter() = *filter;
  request.set_change(change);
  v1::ChangeQueueResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.ChangeQueue(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return absl::StrCat(response.recipients(), " recipients ", done, "\n");
}

}  // namespace

absl::StatusOr<std::string> HoldQueued(Invocation& invocation) {
  return ChangeQueued(invocation, Change::CHANGE_HOLD, "held");
}

absl::StatusOr<std::string> ReleaseQueued(Invocation& invocation) {
  return ChangeQueued(invocation, Change::CHANGE_RELEASE, "released");
}

absl::StatusOr<std::string> RetryQueued(Invocation& invocation) {
  return ChangeQueued(invocation, Change::CHANGE_RETRY, "due now");
}

absl::StatusOr<std::string> BounceQueued(Invocation& invocation) {
  return ChangeQueued(invocation, Change::CHANGE_BOUNCE, "to be returned");
}

absl::StatusOr<std::string> RemoveQueued(Invocation& invocation) {
  return ChangeQueued(invocation, Change::CHANGE_REMOVE, "removed");
}

}  // namespace posthorn::mailctl
