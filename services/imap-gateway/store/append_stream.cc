#include "imap-gateway/store/append_stream.h"

#include <utility>

namespace posthorn::imap {

AppendStream::AppendStream(Mailstore& store, v1::AppendStart start)
    : store_(store), start_(std::move(start)) {}

asio::awaitable<absl::Status> AppendStream::Send(v1::AppendRequest request, bool last) {
  const bool written = co_await stream_->Write(request, last);
  if (written) {
    co_return absl::OkStatus();
  }
  const absl::Status status = co_await stream_->Finish();
  co_return status.ok() ? absl::InternalError("the store ended an append early") : status;
}

asio::awaitable<absl::Status> AppendStream::Begin() {
  auto caller = co_await store_.login().Caller();
  if (!caller.ok()) {
    co_return caller.status();
  }
  *start_.mutable_caller() = *std::move(caller);
  absl::Status status = absl::UnavailableError("no mailstore is known");
  const auto executor = co_await asio::this_coro::executor;
  const std::vector<rpc::ReplicaPtr> replicas = store_.pool().Ranked(store_.login().key());
  for (const rpc::ReplicaPtr& replica : replicas) {
    stub_ = v1::Message::NewStub(replica->channel());
    auto open = [this](grpc::ClientContext* context, v1::AppendResponse* response,
                       grpc::ClientWriteReactor<v1::AppendRequest>* reactor) {
      stub_->async()->Append(context, response, reactor);
    };
    stream_ = rpc::WriteStream<v1::AppendRequest, v1::AppendResponse>::Open(executor,
                                                                            kStreamTimeout, open);
    v1::AppendRequest request;
    *request.mutable_start() = start_;
    status = co_await Send(std::move(request), false);
    if (!rpc::ShouldTryNext(status)) {
      break;
    }
    replica->MarkDown();
  }
  co_return status;
}

asio::awaitable<absl::Status> AppendStream::Write(absl::string_view octets) {
  v1::AppendRequest request;
  request.set_data(octets.data(), octets.size());
  co_return co_await Send(std::move(request), false);
}

asio::awaitable<absl::Status> AppendStream::Probe() {
  // A call that goes there and back gives a refusal the time to arrive; after one no more is
  // taken.
  v1::GetStatusRequest request;
  request.set_name(start_.mailbox());
  v1::GetStatusResponse response;
  const absl::Status found =
      co_await store_.Call<v1::Mailbox>(&MailboxMethods::GetStatus, request, response);
  if (!found.ok()) {
    co_return found;
  }
  v1::AppendRequest nothing;
  co_return co_await Send(std::move(nothing), false);
}

asio::awaitable<absl::Status> AppendStream::Commit() {
  v1::AppendRequest request;
  request.set_last(true);
  const absl::Status sent = co_await Send(std::move(request), true);
  if (!sent.ok()) {
    co_return sent;
  }
  co_return co_await stream_->Finish();
}

}  // namespace posthorn::imap
