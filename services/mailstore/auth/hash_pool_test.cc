#include "mailstore/auth/hash_pool.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <latch>
#include <thread>

#include "absl/status/statusor.h"
#include "common/rpc/status.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

struct Ran {
  std::thread::id worked_on;
  std::thread::id resumed_on;
};

asio::awaitable<absl::StatusOr<Ran>> WhereItRuns(HashPool& pool) {
  auto work = []() -> absl::StatusOr<std::thread::id> { return std::this_thread::get_id(); };
  const absl::StatusOr<std::thread::id> worked_on = co_await pool.Run(work);
  if (!worked_on.ok()) {
    co_return worked_on.status();
  }
  co_return Ran{*worked_on, std::this_thread::get_id()};
}

TEST(HashPool, WorksOnItsThreadsAndResumesOnTheCallers) {
  HashPool pool(1, 4);
  asio::io_context io;
  auto ran = asio::co_spawn(io, WhereItRuns(pool), asio::use_future);
  io.run();
  const Ran where = ran.get().value();
  EXPECT_NE(where.worked_on, std::this_thread::get_id());
  EXPECT_EQ(where.resumed_on, std::this_thread::get_id());
  EXPECT_EQ(pool.pending(), 0u);
}

asio::awaitable<absl::StatusOr<int>> Blocked(HashPool& pool, std::latch& released) {
  auto work = [&released]() -> absl::StatusOr<int> {
    released.wait();
    return 1;
  };
  co_return co_await pool.Run(work);
}

TEST(HashPool, RefusesBeyondItsQueueAndRecovers) {
  HashPool pool(1, 3);
  asio::io_context io;
  std::latch released(1);
  std::vector<std::future<absl::StatusOr<int>>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(asio::co_spawn(io, Blocked(pool, released), asio::use_future));
  }
  io.poll();
  EXPECT_EQ(pool.pending(), 3u);
  auto refused = asio::co_spawn(io, Blocked(pool, released), asio::use_future);
  io.poll();
  const absl::Status status = refused.get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(rpc::ReasonOf(status), v1::ErrorDetail::REASON_OVERLOADED);
  EXPECT_EQ(pool.refused(), 1u);

  released.count_down();
  io.run();
  for (auto& one : waiting) {
    EXPECT_EQ(one.get().value(), 1);
  }
  io.restart();
  auto again = asio::co_spawn(io, Blocked(pool, released), asio::use_future);
  io.run();
  EXPECT_EQ(again.get().value(), 1);
}

}  // namespace
}  // namespace posthorn::store
