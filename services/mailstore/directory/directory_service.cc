#include "mailstore/directory/directory_service.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/rpc/server_call.h"
#include "common/rpc/status.h"

namespace posthorn::store {

namespace asio = boost::asio;

DirectoryService::DirectoryService(asio::any_io_executor executor, RecipientResolver& recipients,
                                   const TicketSigner& tickets)
    : executor_(std::move(executor)), recipients_(recipients), tickets_(tickets) {}

void DirectoryService::Serve(rpc::LinkMethods& methods) {
  methods.Add<v1::Directory>(this, &DirectoryService::DoResolve);
}

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
  response.mutable_forwards()->Assign(resolved->forwards.begin(), resolved->forwards.end());
  response.set_rewritten_sender(resolved->rewritten_sender);
  response.set_detail(resolved->detail);
  co_return absl::OkStatus();
}

grpc::ServerUnaryReactor* DirectoryService::CheckSender(grpc::CallbackServerContext* context,
                                                        const v1::CheckSenderRequest* request,
                                                        v1::CheckSenderResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, *request, DoCheckSender(*request));
}

asio::awaitable<absl::Status> DirectoryService::DoCheckSender(
    const v1::CheckSenderRequest& request) {
  const absl::StatusOr<AccountId> caller =
      tickets_.CheckTicket(request.caller().ticket(), absl::Now());
  if (!caller.ok()) {
    co_return caller.status();
  }
  const absl::StatusOr<bool> own = co_await recipients_.Reaches(request.address(), *caller);
  if (!own.ok() && !absl::IsInvalidArgument(own.status())) {
    co_return own.status();
  }
  if (!own.ok() || !*own) {
    co_return rpc::MakeError(absl::StatusCode::kPermissionDenied, v1::ErrorDetail::REASON_FORBIDDEN,
                             "the user may not send from this address");
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
