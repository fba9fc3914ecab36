#include "common/rpc/server_call.h"

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

std::string PeerName(const grpc::CallbackServerContext& context) {
  const auto names = context.auth_context()->FindPropertyValues("x509_common_name");
  return names.empty() ? std::string() : std::string(names.front().data(), names.front().size());
}

}  // namespace posthorn::rpc
