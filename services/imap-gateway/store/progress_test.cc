#include "imap-gateway/store/progress.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace posthorn::imap {
namespace {

namespace asio = boost::asio;

// Work that lasts until it is cancelled.
class Work {
 public:
  explicit Work(asio::io_context& io) : timer_(io, asio::steady_timer::time_point::max()) {}

  asio::awaitable<absl::Status> Run() {
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return absl::CancelledError("cancelled");
  }
  void Cancel() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

// A client that is gone after so many words.
asio::awaitable<bool> Tell(int& told, int gone_after) { co_return ++told < gone_after; }

asio::awaitable<void> RunWith(const Progress& progress, Work& work, absl::Status& outcome) {
  outcome = co_await WithProgress(progress, work.Run(), [&work] { work.Cancel(); });
}

TEST(Progress, WorkThatNobodyWaitsForIsCancelled) {
  asio::io_context io;
  Work work(io);
  int told = 0;
  const Progress progress{.tell = [&told] { return Tell(told, 3); },
                          .tell_every = std::chrono::milliseconds(1)};
  absl::Status outcome;
  asio::co_spawn(io, RunWith(progress, work, outcome), asio::detached);
  io.run();
  EXPECT_TRUE(absl::IsCancelled(outcome));
  EXPECT_EQ(told, 3);
}

TEST(Progress, WorkIsCancelledForAClientThatLeavesBeforeItIsToldAnything) {
  asio::io_context io;
  Work work(io);
  int told = 0;
  int looks = 0;
  const Progress progress{.tell = [&told] { return Tell(told, 3); },
                          .tell_every = std::chrono::hours(1),
                          .left = [&looks] { return ++looks == 3; },
                          .look_every = std::chrono::milliseconds(1)};
  absl::Status outcome;
  asio::co_spawn(io, RunWith(progress, work, outcome), asio::detached);
  io.run();
  EXPECT_TRUE(absl::IsCancelled(outcome));
  EXPECT_EQ(looks, 3);
  EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace posthorn::imap
