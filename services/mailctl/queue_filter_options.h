// What recipients in the queue a command is about.
#pragma once

#include "absl/status/statusor.h"
#include "mailctl/commands.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::mailctl {

// The options --site, --from and --to, and a message's id as the first argument, if there is one.
// InvalidArgument if that is no number.
absl::StatusOr<v1::QueueFilter> ReadQueueFilter(const Invocation& invocation);

// A message's id. InvalidArgument.
absl::StatusOr<uint64_t> ParseMessageId(const std::string& text);

}  // namespace posthorn::mailctl
