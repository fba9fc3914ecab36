// The threads that hash passwords. A hash costs tens of milliseconds and megabytes, so their number
// is bounded, and so is the number of those who wait: a flood of logins cannot take the machine.
#pragma once

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"

namespace posthorn::store {

// Thread-safe. Joins its threads when destroyed, after what was submitted has run; coroutines that
// wait for it must have ended before.
class HashPool {
 public:
  // At most `queue_limit` tasks run or wait at a time.
  HashPool(size_t threads, size_t queue_limit);
  ~HashPool();

  size_t threads() const { return threads_; }
  // Tasks that run or wait now, for a metric.
  size_t pending() const { return pending_.load(std::memory_order_relaxed); }
  // Tasks refused since the start, for a metric.
  size_t refused() const { return refused_.load(std::memory_order_relaxed); }

  // Runs work() on a thread of the pool and resumes the caller, on its own executor, with what it
  // gave: a StatusOr. ResourceExhausted (REASON_OVERLOADED) at once if the queue is full. `work`
  // must not throw.
  template <class Work>
  boost::asio::awaitable<std::invoke_result_t<Work&>> Run(Work work) {
    if (absl::Status admitted = Admit(); !admitted.ok()) {
      co_return admitted;
    }
    co_return co_await Post(work);
  }

 private:
  absl::Status Admit();

  // `work` lives in the frame of Run until it is done.
  template <class Work>
  boost::asio::awaitable<std::invoke_result_t<Work&>> Post(Work& work) {
    using Result = std::invoke_result_t<Work&>;
    auto initiate = [this, &work](auto handler) {
      auto task = [this, &work, handler = std::move(handler)]() mutable {
        Result result = work();
        pending_.fetch_sub(1, std::memory_order_relaxed);
        const auto executor = boost::asio::get_associated_executor(handler);
        boost::asio::post(executor,
                          [handler = std::move(handler), result = std::move(result)]() mutable {
                            std::move(handler)(std::move(result));
                          });
      };
      boost::asio::post(pool_, std::move(task));
    };
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                   void(Result)>(initiate,
                                                                 boost::asio::use_awaitable);
  }

  const size_t threads_;
  const size_t queue_limit_;
  std::atomic<size_t> pending_ = 0;
  std::atomic<size_t> refused_ = 0;
  boost::asio::thread_pool pool_;
};

}  // namespace posthorn::store
