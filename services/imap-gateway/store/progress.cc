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

namespace {
// Work that is done by then is not worth a look at the client.
constexpr std::chrono::milliseconds kBesideAfter{10};
}  // namespace

asio::awaitable<absl::Status> WithProgress(const Progress& progress,
                                           asio::awaitable<absl::Status> work,
                                           std::function<void()> cancel) {
  if (!progress.tell && !progress.left) {
    co_return co_await std::move(work);
  }
  using Clock = Progress::Clock;
  constexpr auto kNever = Clock::time_point::max();
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  std::optional<absl::Status> outcome;
  std::exception_ptr failure;
  bool is_beside = false;
  // Both coroutines run on one executor and this one does not end before the other.
  const auto done = [&](std::exception_ptr error, absl::Status status) {
    failure = std::move(error);
    outcome = std::move(status);
    timer.cancel();
    if (is_beside) {
      progress.wake();
    }
  };
  asio::co_spawn(executor, std::move(work), done);
  const auto beside_from = Clock::now() + kBesideAfter;
  bool beside = progress.beside != nullptr;
  auto next_tell = progress.tell ? Clock::now() + progress.tell_every : kNever;
  while (!outcome) {
    const auto next_look = progress.left ? Clock::now() + progress.look_every : kNever;
    const auto until = std::min(next_tell, next_look);
    if (beside && Clock::now() >= beside_from) {
      is_beside = true;
      beside = co_await progress.beside(until);
      is_beside = false;
    } else {
      timer.expires_at(beside ? std::min(until, beside_from) : until);
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (outcome) {
      break;
    }
    const bool looks = progress.left && (!beside || Clock::now() >= until);
    bool waits = !looks || !progress.left();
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
