// The Maildrop service (maildrop.proto).
#pragma once

#include "common/rpc/link_server.h"
#include "common/rpc/server_call.h"
#include "common/runtime/runtime.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/store.h"
#include "posthorn/v1/maildrop.grpc.pb.h"

namespace posthorn::store {

class MaildropService final : public v1::Maildrop::CallbackService {
 public:
  MaildropService(runtime::Runtime& runtime, Store& store, const TicketSigner& tickets)
      : runtime_(runtime), store_(store), tickets_(tickets) {}

  // Adds what links answer of this service.
  void Serve(rpc::LinkMethods& methods);

  grpc::ServerUnaryReactor* LockMaildrop(grpc::CallbackServerContext* context,
                                         const v1::LockMaildropRequest* request,
                                         v1::LockMaildropResponse* response) override;
  grpc::ServerUnaryReactor* RenewMaildrop(grpc::CallbackServerContext* context,
                                          const v1::RenewMaildropRequest* request,
                                          v1::RenewMaildropResponse* response) override;
  grpc::ServerUnaryReactor* ReleaseMaildrop(grpc::CallbackServerContext* context,
                                            const v1::ReleaseMaildropRequest* request,
                                            v1::ReleaseMaildropResponse* response) override;

 private:
  boost::asio::awaitable<absl::Status> DoLock(const v1::LockMaildropRequest& request,
                                              v1::LockMaildropResponse& response);
  boost::asio::awaitable<absl::Status> DoRenew(const v1::RenewMaildropRequest& request,
                                               v1::RenewMaildropResponse& response);
  boost::asio::awaitable<absl::Status> DoRelease(const v1::ReleaseMaildropRequest& request,
                                                 v1::ReleaseMaildropResponse& response);
  // Checks the ticket and the holder's form.
  absl::StatusOr<AccountId> Authorize(const v1::Caller& caller, const std::string& holder);

  boost::asio::any_io_executor Executor() { return runtime_.Next().get_executor(); }

  runtime::Runtime& runtime_;
  Store& store_;
  const TicketSigner& tickets_;
};

}  // namespace posthorn::store
