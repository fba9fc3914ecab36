#include "imap-gateway/store/progress.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace posthorn::imap {

namespace asio = boost::asio;

asio::awaitable<absl::Status> WithProgress(const Progress& progress,
                                           asio::awaitable<absl::Status> work,
                                           std::function<void()> cancel) {
  if (!progress.tell) {
    co_return co_await std::move(work);
  }
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  std::optional<absl::Status> outcome;
  std::exception_ptr failure;
  // Both coroutines run on one executor and this one does not end before the other.
  const auto done = [&](std::exception_ptr error, absl::Status status) {
    failure = std::move(error);
    outcome = std::move(status);
    timer.cancel();
  };
  asio::co_spawn(executor, std::move(work), done);
  while (!outcome) {
    timer.expires_after(progress.interval);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (outcome) {
      break;
    }
    const bool waits = co_await progress.tell();
    if (!waits) {
      cancel();
    }
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
  co_return *std::move(outcome);
}

}  // namespace posthorn::imap
