// The Metadata service (metadata.proto).
#pragma once

#include "common/rpc/link_server.h"
#include "common/rpc/server_call.h"
#include "common/runtime/runtime.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/store.h"
#include "posthorn/v1/metadata.grpc.pb.h"

namespace posthorn::store {

class MetadataService final : public v1::Metadata::CallbackService {
 public:
  MetadataService(runtime::Runtime& runtime, Store& store, const TicketSigner& tickets)
      : runtime_(runtime), store_(store), tickets_(tickets) {}

  // Adds what links answer of this service.
  void Serve(rpc::LinkMethods& methods);

  grpc::ServerUnaryReactor* GetMetadata(grpc::CallbackServerContext* context,
                                        const v1::GetMetadataRequest* request,
                                        v1::GetMetadataResponse* response) override;
  grpc::ServerUnaryReactor* SetMetadata(grpc::CallbackServerContext* context,
                                        const v1::SetMetadataRequest* request,
                                        v1::SetMetadataResponse* response) override;
  grpc::ServerUnaryReactor* ListMetadata(grpc::CallbackServerContext* context,
                                         const v1::ListMetadataRequest* request,
                                         v1::ListMetadataResponse* response) override;
  grpc::ServerUnaryReactor* ListMetadataChanges(grpc::CallbackServerContext* context,
                                                const v1::ListMetadataChangesRequest* request,
                                                v1::ListMetadataChangesResponse* response) override;

 private:
  boost::asio::awaitable<absl::Status> DoGet(const v1::GetMetadataRequest& request,
                                             v1::GetMetadataResponse& response);
  boost::asio::awaitable<absl::Status> DoSet(const v1::SetMetadataRequest& request,
                                             v1::SetMetadataResponse& response);
  boost::asio::awaitable<absl::Status> DoList(const v1::ListMetadataRequest& request,
                                              v1::ListMetadataResponse& response);
  boost::asio::awaitable<absl::Status> DoListChanges(const v1::ListMetadataChangesRequest& request,
                                                     v1::ListMetadataChangesResponse& response);

  boost::asio::any_io_executor Executor() { return runtime_.Next().get_executor(); }

  runtime::Runtime& runtime_;
  Store& store_;
  const TicketSigner& tickets_;
};

}  // namespace posthorn::store
