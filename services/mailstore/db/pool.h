// Threads with a database session each, on which coroutines have blocking work done.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/sql_error.h"

namespace posthorn::store {

struct PoolOptions {
  ConnectionOptions connection;
  size_t threads = 4;
  // Work that may wait; more is refused with REASON_OVERLOADED.
  size_t max_queued = 2'000;
};

// Thread-safe. Must outlive all work given to it; the destructor finishes what is queued.
class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();

  // Runs fn(Connection&) on one of the threads, by the rules of RunGuarded(): fn may run more than
  // once and returns R, an absl::Status or StatusOr. Resumes on the caller's executor. When one
  // finds that the database cannot be reached, all that wait behind it fail with it: so nobody
  // waits for the patience of others.
  template <typename Fn, typename R = std::invoke_result_t<Fn&, Connection&>>
  boost::asio::awaitable<R> Run(Fn fn) {
    auto start = [this](auto handler, Fn work) {
      auto executor = boost::asio::get_associated_executor(handler);
      auto guard = boost::asio::make_work_guard(executor);
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      auto finish = [shared, executor, guard = std::move(guard)](R result) mutable {
        boost::asio::post(executor, [shared, result = std::move(result)]() mutable {
          auto resume = std::move(*shared);
          std::move(resume)(std::move(result));
        });
        guard.reset();
      };
      Job job = [work = std::move(work), finish](absl::StatusOr<Connection*> connection) mutable {
        bool reachable = true;
        finish(connection.ok() ? RunGuarded<R>(**connection, work, &reachable)
                               : R(connection.status()));
        return reachable;
      };
      Post(std::move(job));
    };
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(R)>(
        std::move(start), boost::asio::use_awaitable, std::move(fn));
  }

  // Work on one of the threads that nobody waits for here; it throws nothing. Gets an error if
  // there is no session for it. Returns false if the database cannot be reached.
  using Job = absl::AnyInvocable<bool(absl::StatusOr<Connection*>)>;
  void Post(Job job);

  // As Run(), on the calling thread's time, for start-up and tests.
  template <typename Fn, typename R = std::invoke_result_t<Fn&, Connection&>>
  R RunBlocking(Fn fn) {
    Connection connection(options_.connection);
    return RunGuarded<R>(connection, fn);
  }

 private:
  void Work();
  void FailQueued(const absl::Status& status);

  const PoolOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace posthorn::store
