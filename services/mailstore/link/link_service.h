// The Link service (link.proto): the methods of the other services over one call.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "common/rpc/link_server.h"
#include "common/runtime/runtime.h"
#include "posthorn/v1/link.grpc.pb.h"

namespace posthorn::store {

class LinkService final : public v1::Link::CallbackService {
 public:
  explicit LinkService(runtime::Runtime& runtime) : runtime_(runtime) {}

  // To be filled in before the first call.
  rpc::LinkMethods& methods() { return methods_; }

  grpc::ServerBidiReactor<v1::LinkRequest, v1::LinkResponse>* Exchange(
      grpc::CallbackServerContext* context) override;

  // Ends the links when what they have taken is answered. From any thread.
  void Drain();

 private:
  runtime::Runtime& runtime_;
  rpc::LinkMethods methods_;
  std::mutex mutex_;  // of what follows
  std::vector<std::weak_ptr<rpc::ServerLink>> links_;
  bool draining_ = false;
};

}  // namespace posthorn::store
