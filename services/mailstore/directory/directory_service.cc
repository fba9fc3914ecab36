#include "mailstore/directory/directory_service.h"

#include <utility>

#include "common/rpc/server_call.h"

namespace posthorn::store {

namespace asio = boost::asio;

DirectoryService::DirectoryService(asio::any_io_executor executor, RecipientResolver& recipients)
    : executor_(std::move(executor)), recipients_(recipients) {}

grpc::ServerUnaryReactor* DirectoryService::ResolveRecipient(
    grpc::CallbackServerContext* context, const v1::ResolveRecipientRequest* request,
    v1::ResolveRecipientResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoResolve(*request, *response));
}

asio::awaitable<absl::Status> DirectoryService::DoResolve(
    const v1::ResolveRecipientRequest& request, v1::ResolveRecipientResponse& response) {
  const absl::StatusOr<ResolvedRecipient> resolved =
      co_await recipients_.Resolve(request.address(), request.size());
  if (!resolved.ok()) {
    co_return resolved.status();
  }
  for (const AccountId account : resolved->accounts) {
    response.add_account_ids(account.value());
  }
  response.set_detail(resolved->detail);
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
