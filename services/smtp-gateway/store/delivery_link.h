// The calls of DeliverMany to one replica, for the sessions of one executor: messages that are
// delivered at the same time share a call, and what gathers while one write is under way goes with
// the next. A call of its own for every message costs more than all else that the gateway does.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/client_call.h"
#include "common/rpc/mailstore_pool.h"
#include "posthorn/v1/delivery.pb.h"

namespace posthorn::smtp {

namespace asio = boost::asio;

class DeliveryLink : public std::enable_shared_from_this<DeliveryLink> {
 public:
  DeliveryLink(asio::any_io_executor executor, rpc::ReplicaPtr replica);

  // Delivers a message in one frame, which must live until then. On the link's executor. Errors are
  // those of Deliver; UNAVAILABLE (REASON_STORE_UNAVAILABLE) also if the message never left, and
  // UNAVAILABLE or DEADLINE_EXCEEDED without a reason if what became of it is not known.
  asio::awaitable<absl::StatusOr<v1::DeliverResponse>> Deliver(const v1::DeliverRequest& message,
                                                               std::chrono::milliseconds timeout);
  // Ends the call and waits until it has ended; for tests, which outlive their executors.
  asio::awaitable<void> Close();

  // Nothing is under way and no call is open.
  bool idle() const { return !running_; }

 private:
  using Stream = rpc::BidiStream<v1::DeliverManyRequest, v1::DeliverManyResponse>;

  struct Waiting {
    Waiting(const asio::any_io_executor& executor, const v1::DeliverRequest& its_message)
        : message(its_message), done(executor) {}

    const v1::DeliverRequest& message;
    asio::steady_timer done;  // cancelled when there is a result
    bool sent = false;
    std::optional<absl::StatusOr<v1::DeliverResponse>> result;
  };

  // Keep `self` alive.
  asio::awaitable<void> Run(std::shared_ptr<DeliveryLink> self);
  asio::awaitable<void> WriteItems(std::shared_ptr<DeliveryLink> self, Stream& stream);
  v1::DeliverManyRequest TakeItems();
  void MarkSent(const v1::DeliverManyRequest& request, bool sent);
  void Settle(uint64_t number, absl::StatusOr<v1::DeliverResponse> result);
  void FailAll(const absl::Status& ended);

  const asio::any_io_executor executor_;
  const rpc::ReplicaPtr replica_;
  std::unique_ptr<Stream> stream_;  // of the call that is open
  std::map<uint64_t, Waiting*> waiting_;
  std::deque<uint64_t> unsent_;
  uint64_t next_number_ = 1;
  bool running_ = false;  // Run or its end
  bool reading_ = false;
  bool writing_ = false;
  asio::steady_timer changed_;  // never expires: a condition variable
};

}  // namespace posthorn::smtp
