#include "mailctl/mailstore.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/config/config.h"
#include "common/rpc/health.h"
#include "common/rpc/status.h"

namespace posthorn::mailctl {
namespace {

absl::Status ReadInto(const std::string& path, std::string& content) {
  absl::StatusOr<std::string> read = config::ReadSecretFile(path);
  if (!read.ok()) {
    return absl::InvalidArgumentError(read.status().message());
  }
  content = *std::move(read);
  return absl::OkStatus();
}

}  // namespace

Mailstore::Mailstore(std::shared_ptr<grpc::Channel> channel, std::chrono::seconds timeout)
    : channel_(std::move(channel)),
      admin_(v1::Admin::NewStub(channel_)),
      queue_(v1::QueueAdmin::NewStub(channel_)),
      timeout_(timeout) {}

absl::StatusOr<Mailstore> Mailstore::Open(const CommandLine& line) {
  grpc::SslCredentialsOptions certificates;
  for (absl::Status status : {ReadInto(line.ca_file, certificates.pem_root_certs),
                              ReadInto(line.cert_file, certificates.pem_cert_chain),
                              ReadInto(line.key_file, certificates.pem_private_key)}) {
    if (!status.ok()) {
      return status;
    }
  }
  grpc::ChannelArguments arguments;
  // By whatever name or address it is reached, it must be mailstore.
  arguments.SetSslTargetNameOverride("mailstore");
  // A page of a thousand accounts or all aliases of a large site.
  arguments.SetMaxReceiveMessageSize(64 * 1024 * 1024);
  return Mailstore(
      grpc::CreateCustomChannel(line.mailstore, grpc::SslCredentials(certificates), arguments),
      std::chrono::seconds(line.timeout_seconds));
}

absl::Status Mailstore::Call(
    const std::function<grpc::Status(v1::Admin::Stub&, grpc::ClientContext*)>& call,
    std::chrono::seconds at_least) {
  asked_ = true;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::max(timeout_, at_least));
  return rpc::FromGrpc(call(*admin_, &context));
}

absl::Status Mailstore::CallQueue(
    const std::function<grpc::Status(v1::QueueAdmin::Stub&, grpc::ClientContext*)>& call) {
  asked_ = true;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout_);
  return rpc::FromGrpc(call(*queue_, &context));
}

absl::StatusOr<bool> Mailstore::IsServing() {
  asked_ = true;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout_);
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  const grpc::Slice whole_server;  // a request for the service ""
  const grpc::ByteBuffer request(&whole_server, 1);
  const auto call = stub.PrepareUnaryCall(&context, rpc::kHealthCheckMethod, request, &queue);
  grpc::ByteBuffer response;
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) {
    return rpc::FromGrpc(status);
  }
  return rpc::SaysServing(response);
}

}  // namespace posthorn::mailctl
