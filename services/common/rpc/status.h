// The one map between absl::Status, with the reason of a failure, and gRPC's status.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::rpc {

// An error with its reason; the reason travels over RPC (ErrorDetail in common.proto).
absl::Status MakeError(absl::StatusCode code, v1::ErrorDetail::Reason reason,
                       absl::string_view message);

// REASON_UNSPECIFIED when the status carries none.
v1::ErrorDetail::Reason ReasonOf(const absl::Status& status);

// Whether a write that failed so may have happened all the same: no answer came, or one that does
// not say.
bool OutcomeUnknown(const absl::Status& status);
// Whether the same call may succeed a little later.
bool IsTemporary(const absl::Status& status);

grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace posthorn::rpc
