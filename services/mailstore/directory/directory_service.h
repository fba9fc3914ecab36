// The Directory service of the contract (directory.proto).
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "common/rpc/link_server.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/directory/recipient_resolver.h"
#include "posthorn/v1/directory.grpc.pb.h"

namespace posthorn::store {

// Handlers run as coroutines on `executor`. All that is passed must outlive the server.
class DirectoryService final : public v1::Directory::CallbackService {
 public:
  DirectoryService(boost::asio::any_io_executor executor, RecipientResolver& recipients,
                   const TicketSigner& tickets);

  // Adds what links answer of this service.
  void Serve(rpc::LinkMethods& methods);

  grpc::ServerUnaryReactor* ResolveRecipient(grpc::CallbackServerContext* context,
                                             const v1::ResolveRecipientRequest* request,
                                             v1::ResolveRecipientResponse* response) override;
  grpc::ServerUnaryReactor* CheckSender(grpc::CallbackServerContext* context,
                                        const v1::CheckSenderRequest* request,
                                        v1::CheckSenderResponse* response) override;

 private:
  boost::asio::awaitable<absl::Status> DoResolve(const v1::ResolveRecipientRequest& request,
                                                 v1::ResolveRecipientResponse& response);

  boost::asio::awaitable<absl::Status> DoCheckSender(const v1::CheckSenderRequest& request);

  const boost::asio::any_io_executor executor_;
  RecipientResolver& recipients_;
  const TicketSigner& tickets_;
};

}  // namespace posthorn::store
