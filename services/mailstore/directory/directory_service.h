// The Directory service of the contract (directory.proto).
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "mailstore/directory/recipient_resolver.h"
#include "posthorn/v1/directory.grpc.pb.h"

namespace posthorn::store {

// Handlers run as coroutines on `executor`. All that is passed must outlive the server.
class DirectoryService final : public v1::Directory::CallbackService {
 public:
  DirectoryService(boost::asio::any_io_executor executor, RecipientResolver& recipients);

  grpc::ServerUnaryReactor* ResolveRecipient(grpc::CallbackServerContext* context,
                                             const v1::ResolveRecipientRequest* request,
                                             v1::ResolveRecipientResponse* response) override;

 private:
  boost::asio::awaitable<absl::Status> DoResolve(const v1::ResolveRecipientRequest& request,
                                                 v1::ResolveRecipientResponse& response);

  const boost::asio::any_io_executor executor_;
  RecipientResolver& recipients_;
};

}  // namespace posthorn::store
