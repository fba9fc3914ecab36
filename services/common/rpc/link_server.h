// The server's side of Link (link.proto): which methods it answers, and a link under way.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/rpc/method_path.h"
#include "common/rpc/server_call.h"
#include "posthorn/v1/link.pb.h"

namespace posthorn::rpc {

// One call over a link, for its handler.
class LinkedCall final : public Cancellation {
 public:
  explicit LinkedCall(v1::LinkCall call) : call_(std::move(call)) {
    answer_.set_number(call_.number());
  }
  const v1::LinkCall& call() const { return call_; }
  v1::LinkAnswer& answer() { return answer_; }

  // Adds a response; false if the answer is now too long for a link.
  bool Add(const google::protobuf::MessageLite& response);
  bool unfit() const { return octets_ > kMostOctets; }

  bool IsCancelled() const override { return cancelled_; }
  void Cancel() { cancelled_ = true; }

 private:
  static constexpr size_t kMostOctets = 256 * 1024;

  const v1::LinkCall call_;
  v1::LinkAnswer answer_;
  size_t octets_ = 0;
  std::atomic<bool> cancelled_ = false;
};

// The methods that links answer, filled in at start.
class LinkMethods {
 public:
  using Handler = std::function<asio::awaitable<absl::Status>(LinkedCall& call)>;

  // A unary method of Service, by the member function of its server that does it.
  template <class Service, class Server, class Request, class Response>
  void Add(Server* server,
           asio::awaitable<absl::Status> (Server::*handle)(const Request&, Response&)) {
    auto start = [server, handle](const Cancellation&, const Request& request, Response& response) {
      return (server->*handle)(request, response);
    };
    AddUnary<Service, Request, Response>(std::move(start));
  }
  // The same with a look whether the client still waits.
  template <class Service, class Server, class Request, class Response>
  void Add(Server* server,
           asio::awaitable<absl::Status> (Server::*handle)(const Cancellation&, const Request&,
                                                           Response&)) {
    auto start = [server, handle](const Cancellation& cancellation, const Request& request,
                                  Response& response) {
      return (server->*handle)(cancellation, request, response);
    };
    AddUnary<Service, Request, Response>(std::move(start));
  }
  // The same for a response without fields.
  template <class Service, class Response, class Server, class Request>
  void AddEmpty(Server* server, asio::awaitable<absl::Status> (Server::*handle)(const Request&)) {
    auto start = [server, handle](const Cancellation&, const Request& request, Response&) {
      return (server->*handle)(request);
    };
    AddUnary<Service, Request, Response>(std::move(start));
  }
  // A method with a stream of responses.
  template <class Service, class Server, class Request, class Response>
  void AddStream(Server* server,
                 asio::awaitable<absl::Status> (Server::*handle)(const Request&,
                                                                 FrameWriter<Response>&)) {
    Insert<Service, Request>(
        [server, handle](LinkedCall& call,
                         const Request& request) -> asio::awaitable<absl::Status> {
          Frames<Response> frames(call);
          co_return co_await (server->*handle)(request, frames);
        });
  }

  const Handler* Find(absl::string_view path) const;

 private:
  template <class Response>
  class Frames final : public FrameWriter<Response> {
   public:
    explicit Frames(LinkedCall& call) : call_(call) {}
    asio::awaitable<bool> Write(const Response& message) override {
      co_return !call_.IsCancelled() && call_.Add(message);
    }

   private:
    LinkedCall& call_;
  };

  template <class Service, class Request, class Response, class Start>
  void AddUnary(Start start) {
    Insert<Service, Request>(
        [start](LinkedCall& call, const Request& request) -> asio::awaitable<absl::Status> {
          Response response;
          absl::Status status = co_await start(call, request, response);
          if (status.ok()) {
            call.Add(response);
          }
          co_return status;
        });
  }

  template <class Service, class Request, class Work>
  void Insert(Work work) {
    auto handler = [work](LinkedCall& call) -> asio::awaitable<absl::Status> {
      Request request;
      if (!request.ParseFromString(call.call().request())) {
        co_return absl::InvalidArgumentError("a request that cannot be read");
      }
      absl::Status status = co_await work(call, request);
      if (!status.ok() && !call.unfit()) {
        LogFailure(SessionOf(request), Request::descriptor()->name(), status);
      }
      co_return status;
    };
    handlers_.emplace(MethodPath<Service, Request>(), std::move(handler));
  }

  absl::flat_hash_map<std::string, Handler> handlers_;
};

// One link. All runs on the executor given, one thing at a time. Lives as long as one of its
// coroutines.
class ServerLink : public std::enable_shared_from_this<ServerLink> {
 public:
  using Stream = ServerStream<v1::LinkRequest, v1::LinkResponse>;
  // Whether the client may call the method.
  using MayCall = std::function<bool(absl::string_view path)>;

  // `methods` outlives the link.
  ServerLink(asio::any_io_executor executor, const LinkMethods& methods, MayCall may_call);

  // Both handlers of the call, which keep `self` alive.
  static asio::awaitable<void> ReadCalls(std::shared_ptr<ServerLink> self, Stream& stream);
  static asio::awaitable<absl::Status> WriteAnswers(std::shared_ptr<ServerLink> self,
                                                    Stream& stream);

  // No more calls are taken; the link ends with UNAVAILABLE when those under way are answered. From
  // any thread.
  void Drain();
  // The client is gone: nobody waits for what is under way. From any thread.
  void CancelAll();

 private:
  bool HasWork() const;
  void Begin(v1::LinkCall call);
  void End(LinkedCall& call, const grpc::Status& status);
  asio::awaitable<void> AwaitChange();
  void Changed() { changed_.cancel(); }

  const asio::any_io_executor executor_;
  const LinkMethods& methods_;
  const MayCall may_call_;
  std::map<uint64_t, std::shared_ptr<LinkedCall>> under_way_;  // by number
  v1::LinkResponse untold_;
  size_t untold_octets_ = 0;
  bool reading_ = true;
  bool draining_ = false;
  bool ended_ = false;
  asio::steady_timer changed_;  // never expires: a condition variable
};

}  // namespace posthorn::rpc
