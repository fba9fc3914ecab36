// The client's side of Link (link.proto): many short calls of one thread to one replica, over one
// call that stays open.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "posthorn/v1/link.pb.h"

namespace grpc {
class Channel;
}

namespace posthorn::rpc {

namespace asio = boost::asio;

template <class Request, class Response>
class BidiStream;

// All runs on the executor given, one thing at a time. Opens its call when it is first used, and
// again after it has ended.
class CallLink : public std::enable_shared_from_this<CallLink> {
 public:
  // `on_lost` is told when the call has ended without being asked to.
  CallLink(asio::any_io_executor executor, std::shared_ptr<grpc::Channel> channel,
           std::function<void(const absl::Status&)> on_lost);
  ~CallLink();

  // Set by a call while it waits: ends it early, with CANCELLED.
  using Cancel = std::function<void()>;

  // The answer to one call, or why there is none: without a reason UNAVAILABLE or DEADLINE_EXCEEDED
  // if what became of it is not known, UNIMPLEMENTED if the replica knows no links. An answer may
  // be unfit.
  asio::awaitable<absl::StatusOr<v1::LinkAnswer>> Call(std::string method, std::string request,
                                                       std::chrono::milliseconds timeout,
                                                       Cancel* cancel = nullptr);

  // Ends the call and waits until it has ended; for tests, which outlive their executors.
  asio::awaitable<void> Close();

  // Nothing is under way and no call is open.
  bool idle() const { return !running_; }

 private:
  using Stream = BidiStream<v1::LinkRequest, v1::LinkResponse>;

  struct Waiting {
    Waiting(const asio::any_io_executor& executor, std::string its_method, std::string its_request)
        : method(std::move(its_method)), request(std::move(its_request)), done(executor) {}

    std::string method;
    std::string request;
    asio::steady_timer done;  // cancelled when there is a result
    bool sent = false;
    std::optional<absl::StatusOr<v1::LinkAnswer>> result;
  };

  // Keep `self` alive.
  asio::awaitable<void> Run(std::shared_ptr<CallLink> self);
  asio::awaitable<void> Write(std::shared_ptr<CallLink> self, Stream& stream);
  v1::LinkRequest TakeCalls();
  void Settle(v1::LinkAnswer answer);
  void FailAll(const absl::Status& ended);
  void GiveUp(uint64_t number);

  const asio::any_io_executor executor_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::function<void(const absl::Status&)> on_lost_;
  std::unique_ptr<Stream> stream_;  // of the call that is open
  std::map<uint64_t, Waiting*> waiting_;
  std::deque<uint64_t> unsent_;
  std::vector<uint64_t> cancelled_;
  uint64_t next_number_ = 1;
  bool running_ = false;  // Run or its end
  bool reading_ = false;
  bool writing_ = false;
  asio::steady_timer changed_;  // never expires: a condition variable
};

}  // namespace posthorn::rpc
