// The Changes service (changes.proto).
#pragma once

#include "common/rpc/server_call.h"
#include "common/runtime/runtime.h"
#include "mailstore/changes/change_hub.h"
#include "posthorn/v1/changes.grpc.pb.h"

namespace posthorn::store {

class ChangesService final : public v1::Changes::CallbackService {
 public:
  ChangesService(runtime::Runtime& runtime, ChangeHub& hub) : runtime_(runtime), hub_(hub) {}

  grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context) override;

 private:
  using Stream = rpc::ServerStream<v1::WatchRequest, v1::WatchResponse>;

  // The two directions of a stream; both on its executor. Each ends the other: ReadRequests closes
  // the watcher when the gateway has closed its side or is gone, WriteChanges ends the call when
  // the watcher is closed. Only ReadRequests tells the hub what is watched, so nothing is watched
  // any more once it has left.
  boost::asio::awaitable<absl::Status> WriteChanges(Stream& stream,
                                                    std::shared_ptr<Watcher> watcher);
  boost::asio::awaitable<void> ReadRequests(Stream& stream, std::shared_ptr<Watcher> watcher);

  runtime::Runtime& runtime_;
  ChangeHub& hub_;
};

}  // namespace posthorn::store
