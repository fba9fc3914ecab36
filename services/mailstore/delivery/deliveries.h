// One call of DeliverMany: takes messages from its stream, has them delivered side by side, and
// tells the outcomes as they come.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "common/rpc/server_call.h"
#include "posthorn/v1/delivery.pb.h"

namespace posthorn::store {

// All runs on the executor given, one thing at a time. Lives as long as one of its coroutines.
class Deliveries : public std::enable_shared_from_this<Deliveries> {
 public:
  using Stream = rpc::ServerStream<v1::DeliverManyRequest, v1::DeliverManyResponse>;
  // Delivers one message, wherever it likes.
  using Deliver = std::function<boost::asio::awaitable<absl::Status>(
      v1::DeliverRequest& message, v1::DeliverResponse& response)>;
  // Where the next message is worked at: their MIME structure takes a while.
  using NextExecutor = std::function<boost::asio::any_io_executor()>;

  Deliveries(boost::asio::any_io_executor executor, Deliver deliver, NextExecutor next);

  // Both handlers of the call, which keep `self` alive. The writer ends when no outcome is left to
  // tell after the client has sent its last message, or is gone, or after Drain().
  static boost::asio::awaitable<void> ReadItems(std::shared_ptr<Deliveries> self, Stream& stream);
  static boost::asio::awaitable<absl::Status> WriteOutcomes(std::shared_ptr<Deliveries> self,
                                                            Stream& stream);
  // Takes no more messages. From any thread.
  void Drain();

 private:
  using Item = v1::DeliverManyRequest::Item;

  bool HasWork() const;
  void Begin(Item item);
  void End(uint64_t number, const grpc::Status& status, v1::DeliverResponse delivered);
  boost::asio::awaitable<void> AwaitChange();
  void Changed() { changed_.cancel(); }

  const boost::asio::any_io_executor executor_;
  const Deliver deliver_;
  const NextExecutor next_;
  boost::asio::steady_timer changed_;  // never expires: a condition variable
  v1::DeliverManyResponse untold_;
  size_t under_way_ = 0;
  bool reading_ = true;
  bool draining_ = false;
  bool ended_ = false;  // nobody is left to be told
};

}  // namespace posthorn::store
