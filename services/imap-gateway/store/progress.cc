#include "imap-gateway/store/progress.h"

#include <algorithm>
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
  if (!progress.tell && !progress.left) {
    co_return co_await std::move(work);
  }
  using Clock = asio::steady_timer::clock_type;
  constexpr auto kNever = Clock::time_point::max();
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
  auto next_tell = progress.tell ? Clock::now() + progress.tell_every : kNever;
  while (!outcome) {
    const auto next_look = progress.left ? Clock::now() + progress.look_every : kNever;
    timer.expires_at(std::min(next_tell, next_look));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (outcome) {
      break;
    }
    bool waits = !progress.left || !progress.left();
    if (waits && Clock::now() >= next_tell) {
      waits = co_await progress.tell();
      next_tell = Clock::now() + progress.tell_every;
    }
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
