#include "mailstore/delivery/deliveries.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
// Beyond it nothing more is read: the transport's flow control holds the client back.
constexpr size_t kMostUnderWay = 1'000;

struct Work {
  v1::DeliverRequest message;
  v1::DeliverResponse response;
};

}  // namespace

Deliveries::Deliveries(asio::any_io_executor executor, Deliver deliver, NextExecutor next)
    : executor_(std::move(executor)),
      deliver_(std::move(deliver)),
      next_(std::move(next)),
      changed_(executor_, asio::steady_timer::time_point::max()) {}

asio::awaitable<absl::Status> Deliveries::WriteOutcomes(std::shared_ptr<Deliveries> self,
                                                        Stream& stream) {
  bool alive = true;
  while (alive && self->HasWork()) {
    if (self->untold_.outcomes().empty()) {
      co_await self->AwaitChange();
      continue;
    }
    const v1::DeliverManyResponse response = std::exchange(self->untold_, {});
    alive = co_await stream.Write(response);
  }
  self->ended_ = true;
  self->Changed();
  co_return self->draining_ ? absl::UnavailableError("the store drains") : absl::OkStatus();
}

asio::awaitable<void> Deliveries::ReadItems(std::shared_ptr<Deliveries> self, Stream& stream) {
  v1::DeliverManyRequest request;
  while (co_await stream.Read(&request) && !self->ended_) {
    for (Item& item : *request.mutable_items()) {
      self->Begin(std::move(item));
    }
    while (!self->ended_ && self->under_way_ >= kMostUnderWay) {
      co_await self->AwaitChange();
    }
  }
  self->reading_ = false;
  self->Changed();
}

bool Deliveries::HasWork() const {
  return !untold_.outcomes().empty() || under_way_ > 0 || (reading_ && !draining_);
}

void Deliveries::Begin(Item item) {
  const auto work = std::make_shared<Work>();
  work->message = std::move(*item.mutable_message());
  ++under_way_;
  auto deliver = [self = shared_from_this(), work]() -> asio::awaitable<absl::Status> {
    co_return co_await self->deliver_(work->message, work->response);
  };
  auto end = [self = shared_from_this(), work, number = item.number()](
                 const std::exception_ptr& error, const absl::Status& status) {
    self->End(number, rpc::OutcomeOf(error, status), std::move(work->response));
  };
  asio::co_spawn(next_(), std::move(deliver), asio::bind_executor(executor_, std::move(end)));
}

void Deliveries::End(uint64_t number, const grpc::Status& status, v1::DeliverResponse delivered) {
  v1::DeliverManyResponse::Outcome& outcome = *untold_.add_outcomes();
  outcome.set_number(number);
  if (status.ok()) {
    *outcome.mutable_delivered() = std::move(delivered);
  } else {
    outcome.set_error_code(status.error_code());
    outcome.set_error_message(status.error_message());
    outcome.set_error_details(status.error_details());
  }
  --under_way_;
  Changed();
}

asio::awaitable<void> Deliveries::AwaitChange() {
  const auto [woken] = co_await changed_.async_wait(kAwait);
  (void)woken;
}

void Deliveries::Drain() {
  asio::post(executor_, [self = shared_from_this()] {
    self->draining_ = true;
    self->Changed();
  });
}

}  // namespace posthorn::store
