#include "pop3-gateway/session/lease_keeper.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "common/log/log.h"
#include "common/rpc/status.h"

namespace posthorn::pop3 {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kRetry{1};

// The lock or the right to it is gone for good; all else may heal before the lease runs out.
bool IsLoss(const absl::Status& status) {
  const auto reason = rpc::ReasonOf(status);
  return reason == v1::ErrorDetail::REASON_MAILDROP_LOST ||
         reason == v1::ErrorDetail::REASON_TICKET_INVALID;
}

// A third of the lease leaves two more tries.
std::chrono::seconds PauseOf(uint32_t lease_seconds) {
  return std::chrono::seconds(std::max<uint32_t>(lease_seconds / 3, 1));
}

}  // namespace

LeaseKeeper::LeaseKeeper(asio::any_io_executor executor, Store& store, uint32_t lease_seconds,
                         std::function<void()> on_lost)
    : executor_(std::move(executor)),
      store_(store),
      lease_seconds_(lease_seconds),
      on_lost_(std::move(on_lost)),
      next_(executor_),
      ended_(executor_, asio::steady_timer::time_point::max()) {}

void LeaseKeeper::Start() {
  running_ = true;
  asio::co_spawn(executor_, Run(), [this](const std::exception_ptr& error) {
    if (error) {
      log::Error("renewal of a maildrop's lock failed");
    }
    running_ = false;
    ended_.cancel();
  });
}

asio::awaitable<void> LeaseKeeper::Stop() {
  stopping_ = true;
  next_.cancel();
  while (running_) {
    co_await ended_.async_wait(kAwait);
  }
}

asio::awaitable<void> LeaseKeeper::Run() {
  std::chrono::seconds pause = PauseOf(lease_seconds_);
  while (!stopping_) {
    next_.expires_after(pause);
    co_await next_.async_wait(kAwait);
    if (stopping_) {
      co_return;
    }
    const absl::Status status = co_await RenewOnce();
    if (IsLoss(status)) {
      lost_ = true;
      on_lost_();
      co_return;
    }
    pause = status.ok() ? PauseOf(lease_seconds_) : kRetry;
  }
}

asio::awaitable<absl::Status> LeaseKeeper::RenewOnce() {
  const absl::StatusOr<uint32_t> lease = co_await store_.Renew();
  if (lease.ok()) {
    lease_seconds_ = *lease;
  }
  co_return lease.status();
}

}  // namespace posthorn::pop3
