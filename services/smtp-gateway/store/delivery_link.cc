#include "smtp-gateway/store/delivery_link.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "common/rpc/status.h"
#include "posthorn/v1/delivery.grpc.pb.h"

namespace posthorn::smtp {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr size_t kMostOctets = size_t{1} << 20;  // of one write, and the message that reaches it

absl::StatusOr<v1::DeliverResponse> ResultOf(const v1::DeliverManyResponse::Outcome& outcome) {
  if (outcome.has_delivered()) {
    return outcome.delivered();
  }
  const absl::Status status = rpc::FromGrpc({static_cast<grpc::StatusCode>(outcome.error_code()),
                                             outcome.error_message(), outcome.error_details()});
  return status.ok() ? absl::InternalError("an outcome without a result") : status;
}

}  // namespace

DeliveryLink::DeliveryLink(asio::any_io_executor executor, rpc::ReplicaPtr replica)
    : executor_(std::move(executor)),
      replica_(std::move(replica)),
      changed_(executor_, asio::steady_timer::time_point::max()) {}

asio::awaitable<absl::StatusOr<v1::DeliverResponse>> DeliveryLink::Deliver(
    const v1::DeliverRequest& message, std::chrono::milliseconds timeout) {
  const auto self = shared_from_this();
  const uint64_t number = next_number_++;
  Waiting waiting(executor_, message);
  waiting_.emplace(number, &waiting);
  const absl::Cleanup forget = [this, number] { waiting_.erase(number); };
  unsent_.push_back(number);
  if (!std::exchange(running_, true)) {
    asio::co_spawn(executor_, Run(shared_from_this()), asio::detached);
  }
  changed_.cancel();
  waiting.done.expires_after(timeout);
  while (!waiting.result.has_value()) {
    const auto [woken] = co_await waiting.done.async_wait(kAwait);
    if (!woken) {
      break;
    }
  }
  if (waiting.result.has_value()) {
    co_return *std::move(waiting.result);
  }
  co_return absl::DeadlineExceededError("no answer to the delivery");
}

asio::awaitable<void> DeliveryLink::Close() {
  if (stream_) {
    stream_->Cancel();
  }
  while (running_) {
    const auto [woken] = co_await changed_.async_wait(kAwait);
    (void)woken;
  }
}

asio::awaitable<void> DeliveryLink::Run(std::shared_ptr<DeliveryLink> self) {
  const auto stub = v1::Delivery::NewStub(replica_->channel());
  stream_ = Stream::Open(executor_, [&stub](grpc::ClientContext* context, auto* reactor) {
    stub->async()->DeliverMany(context, reactor);
  });
  reading_ = true;
  writing_ = true;
  asio::co_spawn(executor_, WriteItems(self, *stream_), asio::detached);
  v1::DeliverManyResponse response;
  while (co_await stream_->Read(&response)) {
    for (v1::DeliverManyResponse::Outcome& outcome : *response.mutable_outcomes()) {
      Settle(outcome.number(), ResultOf(outcome));
    }
  }
  reading_ = false;
  changed_.cancel();
  while (writing_) {
    const auto [woken] = co_await changed_.async_wait(kAwait);
    (void)woken;
  }
  const absl::Status ended = co_await stream_->Finish();
  stream_.reset();
  FailAll(ended);
  running_ = false;
  changed_.cancel();
}

asio::awaitable<void> DeliveryLink::WriteItems(std::shared_ptr<DeliveryLink> self, Stream& stream) {
  bool alive = true;
  while (alive && reading_) {
    if (unsent_.empty()) {
      const auto [woken] = co_await changed_.async_wait(kAwait);
      (void)woken;
      // What other sessions have ready goes along.
      co_await asio::post(executor_, asio::use_awaitable);
      continue;
    }
    const v1::DeliverManyRequest request = TakeItems();
    if (!request.items().empty()) {
      alive = co_await stream.Write(request);
      MarkSent(request, alive);
    }
  }
  writing_ = false;
  changed_.cancel();
}

v1::DeliverManyRequest DeliveryLink::TakeItems() {
  v1::DeliverManyRequest request;
  size_t octets = 0;
  while (!unsent_.empty() && octets < kMostOctets) {
    const uint64_t number = unsent_.front();
    unsent_.pop_front();
    const auto found = waiting_.find(number);
    if (found == waiting_.end()) {
      continue;  // has given up
    }
    v1::DeliverManyRequest::Item& item = *request.add_items();
    item.set_number(number);
    *item.mutable_message() = found->second->message;
    octets += found->second->message.data().size();
  }
  return request;
}

// A write that failed has not reached the store.
void DeliveryLink::MarkSent(const v1::DeliverManyRequest& request, bool sent) {
  for (const v1::DeliverManyRequest::Item& item : request.items()) {
    if (const auto found = waiting_.find(item.number()); found != waiting_.end()) {
      found->second->sent = sent;
    }
  }
}

void DeliveryLink::Settle(uint64_t number, absl::StatusOr<v1::DeliverResponse> result) {
  const auto found = waiting_.find(number);
  if (found != waiting_.end() && !found->second->result.has_value()) {
    found->second->result = std::move(result);
    found->second->done.cancel();
  }
}

void DeliveryLink::FailAll(const absl::Status& ended) {
  // The end of the call is no answer to any message.
  const absl::Status unknown =
      ended.ok() ? absl::UnavailableError("the call ended before its answers") : ended;
  const absl::Status never_left =
      rpc::MakeError(absl::StatusCode::kUnavailable, v1::ErrorDetail::REASON_STORE_UNAVAILABLE,
                     "no mailstore can be reached");
  if (rpc::ShouldTryNext(unknown)) {
    replica_->MarkDown();
  }
  unsent_.clear();
  for (auto& [number, waiting] : waiting_) {
    if (!waiting->result.has_value()) {
      waiting->result = waiting->sent ? unknown : never_left;
      waiting->done.cancel();
    }
  }
}

}  // namespace posthorn::smtp
