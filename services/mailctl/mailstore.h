// The connection to mailstore, with mailctl's own certificate.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailctl/command_line.h"
#include "posthorn/v1/directory.grpc.pb.h"
#include "posthorn/v1/outbound.grpc.pb.h"

namespace posthorn::mailctl {

class Mailstore {
 public:
  // InvalidArgument if a certificate file cannot be read. Connects with the first call.
  static absl::StatusOr<Mailstore> Open(const CommandLine& line);

  // One call of the Admin service: `call` is given the stub and a context with the deadline.
  //   mailstore.Call([&](auto& admin, auto* context) {
  //     return admin.AddDomain(context, request, &response);
  //   });
  absl::Status Call(const std::function<grpc::Status(v1::Admin::Stub&, grpc::ClientContext*)>& call,
                    std::chrono::seconds at_least = std::chrono::seconds(0));

  // The same of the QueueAdmin service.
  absl::Status CallQueue(
      const std::function<grpc::Status(v1::QueueAdmin::Stub&, grpc::ClientContext*)>& call);

  // Whether it says that it serves (grpc.health.v1.Health/Check).
  absl::StatusOr<bool> IsServing();

  // Whether anything was called: an error before that is the user's own.
  bool asked() const { return asked_; }

 private:
  Mailstore(std::shared_ptr<grpc::Channel> channel, std::chrono::seconds timeout);

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Admin::Stub> admin_;
  std::unique_ptr<v1::QueueAdmin::Stub> queue_;
  std::chrono::seconds timeout_;
  bool asked_ = false;
};

}  // namespace posthorn::mailctl
