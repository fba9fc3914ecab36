#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "imap-gateway/store/mailstore.h"

namespace posthorn::imap {

// Whether what is asked for most likely fits a link's answer.
bool IsShort(const v1::FetchMetadataRequest& request);
bool IsShort(const v1::FetchBodyRequest& request);

// The responses of one server-streaming call, over a link if it is short. The first replica that
// answers is kept; one that is away before anything came is passed over. Destroying it cancels the
// call.
template <class Service, class Request, class Response>
class Reader {
 public:
  using Method = void (Service::StubInterface::async_interface::*)(
      grpc::ClientContext*, const Request*, grpc::ClientReadReactor<Response>*);

  Reader(Mailstore& store, Method method, Request request)
      : store_(store), method_(method), request_(std::move(request)) {}

  // False at the end of the stream; status() then says whether it was complete.
  asio::awaitable<bool> Read(Response* response) {
    if (!std::exchange(asked_, true) && IsShort(request_)) {
      linked_ = co_await AskLink();
    }
    if (linked_) {
      co_return next_frame_ < answer_.responses_size() &&
          response->ParseFromString(answer_.responses(next_frame_++));
    }
    while (true) {
      if (!stream_) {
        const bool open = co_await Open();
        if (!open) {
          co_return false;
        }
      }
      const bool read = co_await stream_->Read(response);
      if (read) {
        began_ = true;
        co_return true;
      }
      status_ = co_await stream_->Finish();
      stream_.reset();
      if (began_ || !rpc::ShouldTryNext(status_)) {
        next_ = replicas_.size();
        prepared_ = true;
        co_return false;
      }
      replicas_[next_ - 1]->MarkDown();
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  // Whether a link has answered: then answer_ has all there is, or status_ says why not.
  asio::awaitable<bool> AskLink() {
    status_ = co_await Prepare();
    if (!status_.ok()) {
      co_return true;
    }
    auto answer = co_await rpc::CallByLink(replicas_, next_, rpc::MethodPath<Service, Request>(),
                                           request_.SerializeAsString(), kCallTimeout);
    if (!answer) {
      co_return false;
    }
    status_ = answer->status();
    if (status_.ok()) {
      answer_ = **std::move(answer);
    }
    co_return true;
  }

  asio::awaitable<absl::Status> Prepare() {
    auto caller = co_await store_.login().Caller();
    if (!caller.ok()) {
      co_return caller.status();
    }
    *request_.mutable_caller() = *std::move(caller);
    replicas_ = store_.pool().Ranked(store_.login().key());
    prepared_ = true;
    co_return replicas_.empty() ? absl::UnavailableError("no mailstore is known")
                                : absl::OkStatus();
  }

  asio::awaitable<bool> Open() {
    if (!prepared_) {
      status_ = co_await Prepare();
      if (!status_.ok()) {
        co_return false;
      }
    }
    if (next_ >= replicas_.size()) {
      co_return false;
    }
    const rpc::ReplicaPtr& replica = replicas_[next_++];
    stub_ = Service::NewStub(replica->channel());
    auto start = [this](grpc::ClientContext* context, grpc::ClientReadReactor<Response>* reactor) {
      (stub_->async()->*method_)(context, &request_, reactor);
    };
    const auto executor = co_await asio::this_coro::executor;
    stream_ = rpc::ReadStream<Response>::Open(executor, kStreamTimeout, start);
    co_return true;
  }

  Mailstore& store_;
  Method method_;
  Request request_;
  std::vector<rpc::ReplicaPtr> replicas_;
  std::size_t next_ = 0;
  bool prepared_ = false;
  bool asked_ = false;
  bool linked_ = false;
  v1::LinkAnswer answer_;
  int next_frame_ = 0;
  bool began_ = false;
  absl::Status status_;
  std::unique_ptr<typename Service::Stub> stub_;
  std::unique_ptr<rpc::ReadStream<Response>> stream_;
};

using MetadataReader = Reader<v1::Message, v1::FetchMetadataRequest, v1::FetchMetadataBlock>;

// Octets of messages, frame by frame; short bodies come many to a message of the stream.
class BodyReader {
 public:
  using Frames = Reader<v1::Message, v1::FetchBodyRequest, v1::BodyFrame>;

  BodyReader(Mailstore& store, Frames::Method method, v1::FetchBodyRequest request)
      : frames_(store, method, Packed(std::move(request))) {}

  // As Reader::Read.
  asio::awaitable<bool> Read(v1::BodyFrame* frame) {
    if (next_ == pack_.packed_size()) {
      const bool read = co_await frames_.Read(&pack_);
      next_ = 0;
      if (!read || pack_.packed().empty()) {
        frame->Swap(&pack_);
        pack_.Clear();
        co_return read;
      }
    }
    frame->Swap(pack_.mutable_packed(next_++));
    co_return true;
  }

  const absl::Status& status() const { return frames_.status(); }

 private:
  static v1::FetchBodyRequest Packed(v1::FetchBodyRequest request) {
    request.set_packed(true);
    return request;
  }

  Frames frames_;
  v1::BodyFrame pack_;
  int next_ = 0;  // of pack_.packed()
};

}  // namespace posthorn::imap
