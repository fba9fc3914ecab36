#include "mailstore/memory_budget.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/rpc/status.h"

namespace posthorn::store {

namespace asio = boost::asio;

struct MemoryBudget::Waiter {
  Waiter(const asio::any_io_executor& executor, size_t wanted) : timer(executor), bytes(wanted) {}
  asio::steady_timer timer;
  size_t bytes;
  bool granted = false;  // with mutex_
};

asio::awaitable<absl::StatusOr<MemoryBudget::Lease>> MemoryBudget::Acquire(size_t bytes) {
  const auto executor = co_await asio::this_coro::executor;
  bytes = std::min(bytes, total_);
  std::shared_ptr<Waiter> waiter;
  {
    std::lock_guard lock(mutex_);
    if (waiters_.empty() && free_ >= bytes) {
      free_ -= bytes;
      co_return Lease(this, bytes);
    }
    waiter = std::make_shared<Waiter>(executor, bytes);
    waiters_.push_back(waiter);
  }
  waiter->timer.expires_after(patience_);
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (waiter->granted) {
        co_return Lease(this, bytes);
      }
      if (waiter->timer.expiry() <= std::chrono::steady_clock::now()) {
        waiters_.remove(waiter);
        Grant();
        break;
      }
    }
    boost::system::error_code ignored;
    co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_OVERLOADED,
                           "no memory for another message just now");
}

void MemoryBudget::Release(size_t bytes) {
  std::lock_guard lock(mutex_);
  free_ += bytes;
  Grant();
}

void MemoryBudget::Grant() {
  while (!waiters_.empty() && waiters_.front()->bytes <= free_) {
    const std::shared_ptr<Waiter> waiter = waiters_.front();
    waiters_.pop_front();
    free_ -= waiter->bytes;
    waiter->granted = true;
    asio::post(waiter->timer.get_executor(), [waiter] { waiter->timer.cancel(); });
  }
}

}  // namespace posthorn::store
