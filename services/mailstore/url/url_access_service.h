// The UrlAccess service (url_access.proto).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <string>

#include "common/rpc/server_call.h"
#include "common/runtime/runtime.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/ids.h"
#include "mailstore/store.h"
#include "posthorn/v1/url_access.grpc.pb.h"

namespace posthorn::store {

class UrlAccessService final : public v1::UrlAccess::CallbackService {
 public:
  // All must outlive the service.
  UrlAccessService(runtime::Runtime& runtime, Store& store, const TicketSigner& tickets)
      : runtime_(runtime), store_(store), tickets_(tickets) {}

  grpc::ServerUnaryReactor* SignUrl(grpc::CallbackServerContext* context,
                                    const v1::SignUrlRequest* request,
                                    v1::SignUrlResponse* response) override;
  grpc::ServerUnaryReactor* ResetKeys(grpc::CallbackServerContext* context,
                                      const v1::ResetKeysRequest* request,
                                      v1::ResetKeysResponse* response) override;
  grpc::ServerUnaryReactor* OpenUrl(grpc::CallbackServerContext* context,
                                    const v1::OpenUrlRequest* request,
                                    v1::OpenUrlResponse* response) override;

 private:
  template <typename T>
  using Task = boost::asio::awaitable<T>;

  Task<absl::Status> DoSignUrl(const v1::SignUrlRequest& request, v1::SignUrlResponse& response);
  Task<absl::Status> DoResetKeys(const v1::ResetKeysRequest& request);
  Task<absl::Status> DoOpenUrl(const v1::OpenUrlRequest& request, v1::OpenUrlResponse& response);

  boost::asio::any_io_executor Executor() { return runtime_.Next().get_executor(); }

  runtime::Runtime& runtime_;
  Store& store_;
  const TicketSigner& tickets_;
};

}  // namespace posthorn::store
