// gRPC calls as awaitables, on the callback API. The coroutine goes on on its own executor.
//
// Requests and responses live in the calling coroutine, which waits until the call has ended, so
// they outlive it. Every call has a deadline.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call_link.h"
#include "common/rpc/completion.h"
#include "common/rpc/mailstore_pool.h"
#include "common/rpc/method_path.h"
#include "common/rpc/status.h"

namespace posthorn::rpc {

using Done = std::function<void(grpc::Status)>;

// One unary call: `start(context, done)` starts it on a stub's async().
template <class Start>
asio::awaitable<absl::Status> Unary(std::chrono::milliseconds timeout, Start& start) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  Completion<grpc::Status> completion(co_await asio::this_coro::executor);
  auto begin = [&] {
    start(&context, [&completion](grpc::Status status) { completion.Complete(std::move(status)); });
  };
  co_return FromGrpc(co_await completion.Wait(begin));
}

// Whether another replica may know better: the replica is unreachable, or its answer was lost. The
// store behind all replicas being away is not healed by asking the next.
bool ShouldTryNext(const absl::Status& status);

// A unary call to the replica that owns `key`, and to the next ones while they are unreachable:
// every write RPC is idempotent (by key or by nature). `Service` is the generated service class.
//
//   auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
//     stub->OpenMailbox(context, &request, &response, std::move(done));
//   };
//   absl::Status status = co_await rpc::CallMailstore<v1::Message>(pool, key, 5s, call);
template <class Service, class Call>
asio::awaitable<absl::Status> CallMailstore(const MailstorePool& pool, uint64_t key,
                                            std::chrono::milliseconds timeout, Call& call) {
  absl::Status status =
      MakeError(absl::StatusCode::kUnavailable, v1::ErrorDetail::REASON_STORE_UNAVAILABLE,
                "no mailstore is known");
  const std::vector<ReplicaPtr> replicas = pool.Ranked(key);
  for (const ReplicaPtr& replica : replicas) {
    const auto stub = Service::NewStub(replica->channel());
    auto start = [&](grpc::ClientContext* context, Done done) {
      call(stub->async(), context, std::move(done));
    };
    status = co_await Unary(timeout, start);
    if (!ShouldTryNext(status)) {
      break;
    }
    replica->MarkDown();
  }
  co_return status;
}

template <class Service, class Request, class Response>
using UnaryMethod = void (Service::StubInterface::async_interface::*)(grpc::ClientContext*,
                                                                      const Request*, Response*,
                                                                      Done);

// A unary call as CallMailstore makes it, but over a link (link.proto) where the replica has one.
// While it waits `cancel`, if not null, ends it with CANCELLED; it is empty otherwise.
//
//   status = co_await rpc::CallShort<v1::Mailbox>(pool, key, 5s, &Methods::GetStatus, request,
//                                                 response);
template <class Service, class Request, class Response>
asio::awaitable<absl::Status> CallShort(const MailstorePool& pool, uint64_t key,
                                        std::chrono::milliseconds timeout,
                                        UnaryMethod<Service, Request, Response> method,
                                        const Request& request, Response& response,
                                        CallLink::Cancel* cancel = nullptr) {
  absl::Status status =
      MakeError(absl::StatusCode::kUnavailable, v1::ErrorDetail::REASON_STORE_UNAVAILABLE,
                "no mailstore is known");
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const std::vector<ReplicaPtr> replicas = pool.Ranked(key);
  for (const ReplicaPtr& replica : replicas) {
    const std::shared_ptr<CallLink> link = replica->Link(executor);
    bool answered = false;
    if (link != nullptr) {
      const auto answer = co_await link->Call(MethodPath<Service, Request>(),
                                              request.SerializeAsString(), timeout, cancel);
      status = answer.status();
      answered = !absl::IsUnimplemented(status) && !(answer.ok() && answer->unfit());
      if (answered && answer.ok() &&
          (answer->responses_size() != 1 || !response.ParseFromString(answer->responses(0)))) {
        status = absl::InternalError("an answer without its response");
      }
    }
    if (!answered) {
      const auto stub = Service::NewStub(replica->channel());
      auto start = [&](grpc::ClientContext* context, Done done) {
        if (cancel != nullptr) {
          *cancel = [context] { context->TryCancel(); };
        }
        (stub->async()->*method)(context, &request, &response, std::move(done));
      };
      status = co_await Unary(timeout, start);
      if (cancel != nullptr) {
        *cancel = nullptr;
      }
    }
    if (!ShouldTryNext(status)) {
      break;
    }
    replica->MarkDown();
  }
  co_return status;
}

// A call over the link of the first of the replicas, from `next` on, that is there: `next` is that
// one then. Nothing if the call is not for its link: it is to be made by itself.
asio::awaitable<std::optional<absl::StatusOr<v1::LinkAnswer>>> CallByLink(
    const std::vector<ReplicaPtr>& replicas, size_t& next, const std::string& method,
    const std::string& request, std::chrono::milliseconds timeout);

// What both kinds of stream share: the reactor has two owners, the stream and gRPC until OnDone,
// and is held open until the stream finishes or is dropped.
template <class Base>
struct StreamReactor : Base {
  explicit StreamReactor(const asio::any_io_executor& executor)
      : operation(executor), done(executor) {}

  void OnDone(const grpc::Status& result) override {
    status = result;
    JoinDone();
    Unref();
  }
  // OnDone and a waiting Finish meet here; the second one completes the wait.
  void JoinDone() {
    if (++joined == 2) {
      done.Complete(status);
    }
  }
  void Release() {
    if (!std::exchange(released, true)) {
      this->RemoveHold();
    }
  }
  void Unref() {
    if (--owners == 0) {
      delete this;
    }
  }
  void Abandon() {
    context.TryCancel();
    Release();
    Unref();
  }

  grpc::ClientContext context;
  Completion<bool> operation;
  Completion<grpc::Status> done;
  grpc::Status status;
  bool released = false;
  std::atomic<int> joined = 0;
  std::atomic<int> owners = 2;
};

template <class Reactor>
asio::awaitable<absl::Status> FinishStream(Reactor* reactor) {
  auto start = [reactor] {
    reactor->Release();
    reactor->JoinDone();
  };
  co_return FromGrpc(co_await reactor->done.Wait(start));
}

// The response stream of a server-streaming call. Destroying it cancels the call. Belongs to one
// coroutine.
template <class Response>
class ReadStream {
 public:
  // `start(context, reactor)` starts the call on a stub's async().
  template <class Start>
  static std::unique_ptr<ReadStream> Open(const asio::any_io_executor& executor,
                                          std::chrono::milliseconds timeout, Start&& start) {
    auto* reactor = new Reactor(executor);
    reactor->context.set_deadline(std::chrono::system_clock::now() + timeout);
    start(&reactor->context, static_cast<grpc::ClientReadReactor<Response>*>(reactor));
    reactor->AddHold();
    reactor->StartCall();
    return std::unique_ptr<ReadStream>(new ReadStream(reactor));
  }
  ~ReadStream() { reactor_->Abandon(); }
  ReadStream(const ReadStream&) = delete;
  ReadStream& operator=(const ReadStream&) = delete;

  // False at the end: Finish says why.
  asio::awaitable<bool> Read(Response* response) {
    auto start = [this, response] { reactor_->StartRead(response); };
    co_return co_await reactor_->operation.Wait(start);
  }

  // Once, after Read returned false.
  asio::awaitable<absl::Status> Finish() { return FinishStream<StreamBase>(reactor_); }

 private:
  using StreamBase = StreamReactor<grpc::ClientReadReactor<Response>>;
  struct Reactor final : StreamBase {
    using StreamBase::StreamBase;
    void OnReadDone(bool ok) override { this->operation.Complete(ok); }
  };
  explicit ReadStream(Reactor* reactor) : reactor_(reactor) {}
  Reactor* reactor_;
};

// The request stream of a client-streaming call. Destroying it before Finish cancels the call.
// Belongs to one coroutine.
template <class Request, class Response>
class WriteStream {
 public:
  // `start(context, response, reactor)` starts the call on a stub's async().
  template <class Start>
  static std::unique_ptr<WriteStream> Open(const asio::any_io_executor& executor,
                                           std::chrono::milliseconds timeout, Start&& start) {
    auto* reactor = new Reactor(executor);
    reactor->context.set_deadline(std::chrono::system_clock::now() + timeout);
    start(&reactor->context, &reactor->response,
          static_cast<grpc::ClientWriteReactor<Request>*>(reactor));
    reactor->AddHold();
    reactor->StartCall();
    return std::unique_ptr<WriteStream>(new WriteStream(reactor));
  }
  ~WriteStream() { reactor_->Abandon(); }
  WriteStream(const WriteStream&) = delete;
  WriteStream& operator=(const WriteStream&) = delete;

  // False when the call has ended early: Finish says why. `last` closes the stream after it.
  asio::awaitable<bool> Write(const Request& request, bool last) {
    auto start = [this, &request, last] {
      if (last) {
        reactor_->StartWriteLast(&request, grpc::WriteOptions());
      } else {
        reactor_->StartWrite(&request);
      }
    };
    co_return co_await reactor_->operation.Wait(start);
  }

  // Once. The response is valid when it is OK and lives as long as the stream.
  asio::awaitable<absl::Status> Finish() { return FinishStream<StreamBase>(reactor_); }
  const Response& response() const { return reactor_->response; }

 private:
  using StreamBase = StreamReactor<grpc::ClientWriteReactor<Request>>;
  struct Reactor final : StreamBase {
    using StreamBase::StreamBase;
    void OnWriteDone(bool ok) override { this->operation.Complete(ok); }
    Response response;
  };
  explicit WriteStream(Reactor* reactor) : reactor_(reactor) {}
  Reactor* reactor_;
};

// Both streams of a bidirectional call: one coroutine reads, one may write beside it, on the same
// executor, which runs one thing at a time. Destroying it cancels the call; no wait may be open
// then.
template <class Request, class Response>
class BidiStream {
 public:
  // `start(context, reactor)`; the call has no deadline and lasts until an end ends it.
  template <class Start>
  static std::unique_ptr<BidiStream> Open(const asio::any_io_executor& executor, Start&& start) {
    auto* reactor = new Reactor(executor);
    start(&reactor->context, static_cast<grpc::ClientBidiReactor<Request, Response>*>(reactor));
    reactor->AddHold();
    reactor->StartCall();
    return std::unique_ptr<BidiStream>(new BidiStream(reactor));
  }
  ~BidiStream() { reactor_->Abandon(); }
  BidiStream(const BidiStream&) = delete;
  BidiStream& operator=(const BidiStream&) = delete;

  asio::awaitable<bool> Read(Response* response) {
    auto start = [this, response] { reactor_->StartRead(response); };
    co_return co_await reactor_->operation.Wait(start);
  }
  asio::awaitable<bool> Write(const Request& request) {
    auto start = [this, &request] { reactor_->StartWrite(&request); };
    co_return co_await reactor_->written.Wait(start);
  }
  // Ends the call; reads and writes in progress end with false. From any thread.
  void Cancel() { reactor_->context.TryCancel(); }
  // Once, after Read returned false and with no write in progress.
  asio::awaitable<absl::Status> Finish() { return FinishStream<StreamBase>(reactor_); }

 private:
  using StreamBase = StreamReactor<grpc::ClientBidiReactor<Request, Response>>;
  struct Reactor final : StreamBase {
    explicit Reactor(const asio::any_io_executor& executor)
        : StreamBase(executor), written(executor) {}
    void OnReadDone(bool ok) override { this->operation.Complete(ok); }
    void OnWriteDone(bool ok) override { written.Complete(ok); }
    Completion<bool> written;
  };
  explicit BidiStream(Reactor* reactor) : reactor_(reactor) {}
  Reactor* reactor_;
};

}  // namespace posthorn::rpc
