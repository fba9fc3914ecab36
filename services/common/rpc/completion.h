// The bridge from a gRPC callback to the coroutine that waits for it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace posthorn::rpc {

namespace asio = boost::asio;

// One operation in flight: a coroutine waits, a gRPC thread completes it with a value, and the
// coroutine goes on on its own executor. Reusable, one operation at a time.
template <class T>
class Completion {
 public:
  explicit Completion(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // Calls start() and waits for Complete(). `start` must outlive the wait.
  template <class Start>
  asio::awaitable<T> Wait(Start& start) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(
        [this, &start](auto handler) {
          handler_ = [handler = std::move(handler)](T value) mutable {
            std::move(handler)(std::move(value));
          };
          start();
        },
        asio::use_awaitable);
  }

  // From any thread, once for each Wait.
  void Complete(T value) {
    // The coroutine may go on, and destroy this object, before post() returns.
    const asio::any_io_executor executor = executor_;
    asio::post(executor, [handler = std::move(handler_), value = std::move(value)]() mutable {
      handler(std::move(value));
    });
  }

 private:
  asio::any_io_executor executor_;
  absl::AnyInvocable<void(T)> handler_;
};

}  // namespace posthorn::rpc
