// Runs coroutines as handlers of gRPC's callback API: a service method makes its awaitable and
// hands it over, the call ends when the coroutine does.
//
//   grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
//                                       const v1::GetStatusRequest* request,
//                                       v1::GetStatusResponse* response) override {
//     return rpc::RunUnary(executor_, context, DoGetStatus(*request, *response));
//   }
//
// With the request given too, a call that fails is logged under its session's id.
//
// Request and response live until the call has ended. A handler runs on the executor given and
// never blocks it. Streams are used by one coroutine at a time in each direction.
#pragma once

#include <grpcpp/grpcpp.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/rpc/completion.h"
#include "common/rpc/status.h"

namespace posthorn::rpc {

// What ends the call: an exception that left a handler is a defect of ours, never the client's.
grpc::Status OutcomeOf(const std::exception_ptr& error, const absl::Status& status);

// Common name of the client's certificate; empty without mutual TLS.
std::string PeerName(const grpc::CallbackServerContext& context);

// The id of the client's session that a request carries, by itself, in its caller or in the start
// of its stream; empty if none.
template <class Request>
absl::string_view SessionOf(const Request& request) {
  if constexpr (requires { request.session_id(); }) {
    return request.session_id();
  } else if constexpr (requires { request.caller(); }) {
    return request.caller().session_id();
  } else if constexpr (requires { request.start(); }) {
    return SessionOf(request.start());
  } else {
    return "";
  }
}

// Failures of ours (out of space, overload, database away) at level info, those that clients cause
// at level debug.
void LogFailure(absl::string_view session, absl::string_view method, const absl::Status& status);

template <class Request>
asio::awaitable<absl::Status> Logged(const Request& request,
                                     asio::awaitable<absl::Status> handler) {
  absl::Status status = co_await std::move(handler);
  if (!status.ok()) {
    LogFailure(SessionOf(request), Request::descriptor()->name(), status);
  }
  co_return status;
}

inline grpc::ServerUnaryReactor* RunUnary(const asio::any_io_executor& executor,
                                          grpc::CallbackServerContext* context,
                                          asio::awaitable<absl::Status> handler) {
  auto* reactor = context->DefaultReactor();
  asio::co_spawn(executor, std::move(handler),
                 [reactor](const std::exception_ptr& error, const absl::Status& status) {
                   reactor->Finish(OutcomeOf(error, status));
                 });
  return reactor;
}

template <class Request>
grpc::ServerUnaryReactor* RunUnary(const asio::any_io_executor& executor,
                                   grpc::CallbackServerContext* context, const Request& request,
                                   asio::awaitable<absl::Status> handler) {
  return RunUnary(executor, context, Logged(request, std::move(handler)));
}

// Whether the client still waits for its answer. Outlives the handler that is given it.
class Cancellation {
 public:
  virtual ~Cancellation() = default;
  virtual bool IsCancelled() const = 0;
};

// Of a call of its own.
class ContextCancellation final : public Cancellation {
 public:
  explicit ContextCancellation(const grpc::CallbackServerContext& context) : context_(context) {}
  bool IsCancelled() const override { return context_.IsCancelled(); }

 private:
  const grpc::CallbackServerContext& context_;
};

// RunUnary for `handle(const Cancellation&)`.
template <class Request, class Handle>
grpc::ServerUnaryReactor* RunCancellable(const asio::any_io_executor& executor,
                                         grpc::CallbackServerContext* context,
                                         const Request& request, Handle handle) {
  auto work = [](grpc::CallbackServerContext* its_context,
                 Handle its_handle) -> asio::awaitable<absl::Status> {
    const ContextCancellation cancellation(*its_context);
    co_return co_await its_handle(cancellation);
  };
  return RunUnary(executor, context, request, work(context, std::move(handle)));
}

// Where a handler writes the responses of its stream.
template <class Response>
class FrameWriter {
 public:
  virtual ~FrameWriter() = default;
  // False when nobody wants more. `message` must live until the wait is over.
  virtual asio::awaitable<bool> Write(const Response& message) = 0;
};

// The response stream of a server-streaming call. Owns itself: gone after the call.
template <class Response>
class ServerWriter final : public grpc::ServerWriteReactor<Response>, public FrameWriter<Response> {
 public:
  explicit ServerWriter(const asio::any_io_executor& executor)
      : executor_(executor), written_(executor) {}

  // False when the client is gone.
  asio::awaitable<bool> Write(const Response& message) override {
    auto start = [this, &message] { this->StartWrite(&message); };
    co_return co_await written_.Wait(start);
  }

  grpc::ServerWriteReactor<Response>* Run(asio::awaitable<absl::Status> handler) {
    asio::co_spawn(executor_, std::move(handler),
                   [this](const std::exception_ptr& error, const absl::Status& status) {
                     this->Finish(OutcomeOf(error, status));
                   });
    return this;
  }

 private:
  void OnWriteDone(bool ok) override { written_.Complete(ok); }
  void OnDone() override { delete this; }

  asio::any_io_executor executor_;
  Completion<bool> written_;
};

// The request stream of a client-streaming call. Owns itself: gone after the call.
template <class Request>
class ServerReader final : public grpc::ServerReadReactor<Request> {
 public:
  explicit ServerReader(const asio::any_io_executor& executor)
      : executor_(executor), read_(executor) {}

  // False at the end of the stream or when the client is gone.
  asio::awaitable<bool> Read(Request* message) {
    auto start = [this, message] { this->StartRead(message); };
    co_return co_await read_.Wait(start);
  }

  grpc::ServerReadReactor<Request>* Run(asio::awaitable<absl::Status> handler) {
    asio::co_spawn(executor_, std::move(handler),
                   [this](const std::exception_ptr& error, const absl::Status& status) {
                     this->Finish(OutcomeOf(error, status));
                   });
    return this;
  }

 private:
  void OnReadDone(bool ok) override { read_.Complete(ok); }
  void OnDone() override { delete this; }

  asio::any_io_executor executor_;
  Completion<bool> read_;
};

// Both streams of a bidirectional call, each with a coroutine; the executor is one thread or a
// strand. Owns itself: gone after the call and the reading coroutine, which may be about to go on
// when the call is over.
template <class Request, class Response>
class ServerStream final : public grpc::ServerBidiReactor<Request, Response>,
                           public std::enable_shared_from_this<ServerStream<Request, Response>> {
 public:
  // `on_cancel` runs on a gRPC thread when the client goes away.
  ServerStream(const asio::any_io_executor& executor, std::function<void()> on_cancel)
      : executor_(executor),
        read_(executor),
        written_(executor),
        on_cancel_(std::move(on_cancel)) {}

  // False at the end of the client's stream, when the client is gone, and once `writer` has ended:
  // the end of the call ends a read that waits for a client that goes on.
  asio::awaitable<bool> Read(Request* message) {
    if (finished_) {
      co_return false;
    }
    auto start = [this, message] { this->StartRead(message); };
    co_return co_await read_.Wait(start);
  }
  // False when the client is gone. `message` must live until the wait is over.
  asio::awaitable<bool> Write(const Response& message) {
    auto start = [this, &message] { this->StartWrite(&message); };
    co_return co_await written_.Wait(start);
  }

  // `writer` ends the call, `reader` when Read is false; neither calls the other's direction.
  grpc::ServerBidiReactor<Request, Response>* Run(asio::awaitable<absl::Status> writer,
                                                  asio::awaitable<void> reader) {
    call_ = this->shared_from_this();
    asio::co_spawn(executor_, std::move(reader), [self = call_](const std::exception_ptr& error) {
      if (error) {
        OutcomeOf(error, absl::OkStatus());  // logs it
      }
    });
    asio::co_spawn(executor_, std::move(writer),
                   [this](const std::exception_ptr& error, const absl::Status& status) {
                     finished_ = true;
                     this->Finish(OutcomeOf(error, status));
                   });
    return this;
  }

 private:
  void OnReadDone(bool ok) override { read_.Complete(ok); }
  void OnWriteDone(bool ok) override { written_.Complete(ok); }
  void OnCancel() override {
    if (on_cancel_) {
      on_cancel_();
    }
  }
  void OnDone() override { const auto last_use = std::move(call_); }

  asio::any_io_executor executor_;
  Completion<bool> read_;
  Completion<bool> written_;
  std::function<void()> on_cancel_;
  bool finished_ = false;               // only on the executor
  std::shared_ptr<ServerStream> call_;  // to this, until OnDone
};

}  // namespace posthorn::rpc
