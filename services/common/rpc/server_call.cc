#include "common/rpc/server_call.h"

#include <algorithm>
#include <string_view>

#include "common/log/log.h"

namespace posthorn::rpc {

grpc::Status OutcomeOf(const std::exception_ptr& error, const absl::Status& status) {
  if (!error) {
    return ToGrpc(status);
  }
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    log::Error("exception left an RPC handler", {{"what", e.what()}});
  }
  return {grpc::StatusCode::INTERNAL, "internal error"};
}

void LogFailure(absl::string_view session, absl::string_view method, const absl::Status& status) {
  const bool ours = absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
                    absl::IsInternal(status) || absl::IsDataLoss(status) || absl::IsUnknown(status);
  const log::Level level = ours ? log::Level::kInfo : log::Level::kDebug;
  if (!log::Enabled(level)) {
    return;
  }
  // Gateways make ids of at most 32 octets.
  log::Write(level, "call failed",
             {{"session", std::string_view(session.data(), std::min<size_t>(session.size(), 32))},
              {"request", std::string_view(method.data(), method.size())},
              {"code", absl::StatusCodeToString(status.code())},
              {"reason", v1::ErrorDetail::Reason_Name(ReasonOf(status))},
              {"error", std::string(status.message())}});
}

std::string PeerName(const grpc::CallbackServerContext& context) {
  const auto names = context.auth_context()->FindPropertyValues("x509_common_name");
  return names.empty() ? std::string() : std::string(names.front().data(), names.front().size());
}

}  // namespace posthorn::rpc
