// Results of operations as table idempotency keeps them: serialized responses of the contract.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mailstore/batch/op.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::store {

std::string WriteResult(const AddOp& op);
std::string WriteResult(const AppendOp& op);
std::string WriteResult(const CopyOp& op);
std::string WriteResult(const FlagsOp& op);
// Fill in the result. InvalidArgument if the key was another kind of operation's,
// Aborted if its caller has given up.
absl::Status ReadResult(absl::string_view octets, AddOp* op);
absl::Status ReadResult(absl::string_view octets, AppendOp* op);
absl::Status ReadResult(absl::string_view octets, v1::AppendResponse* response);  // of an AppendOp
absl::Status ReadResult(absl::string_view octets, CopyOp* op);
absl::Status ReadResult(absl::string_view octets, FlagsOp* op);

}  // namespace posthorn::store
