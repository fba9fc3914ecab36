#include "mailstore/memory_budget.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <vector>

#include "common/rpc/status.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

class MemoryBudgetTest : public testing::Test {
 protected:
  // Asks for a lease; what comes of it is kept under the number.
  void Ask(size_t bytes, int number) {
    asio::co_spawn(io_, Acquire(bytes, number), asio::detached);
    Run();
  }
  asio::awaitable<void> Acquire(size_t bytes, int number) {
    auto lease = co_await budget_->Acquire(bytes);
    order_.push_back(number);
    status_ = lease.status();
    if (lease.ok()) {
      leases_.push_back(*std::move(lease));
    }
  }
  // Everything that need not wait for a timer.
  void Run() {
    io_.restart();
    io_.poll();
  }

  std::optional<MemoryBudget> budget_;  // outlives the leases
  asio::io_context io_;
  std::vector<int> order_;
  absl::Status status_;
  std::vector<MemoryBudget::Lease> leases_;
};

TEST_F(MemoryBudgetTest, ThoseWhoWaitAreServedInTurn) {
  budget_.emplace(100);
  Ask(60, 1);
  Ask(60, 2);
  Ask(10, 3);  // would fit, and waits behind the second all the same
  EXPECT_EQ(order_, (std::vector<int>{1}));
  leases_.clear();
  Run();
  EXPECT_EQ(order_, (std::vector<int>{1, 2, 3}));
  Ask(30, 4);
  EXPECT_EQ(order_, (std::vector<int>{1, 2, 3, 4})) << "all of it is given out";
  Ask(1, 5);
  EXPECT_EQ(order_.size(), 4u);
  leases_.pop_back();
  Run();
  EXPECT_EQ(order_.back(), 5);
}

TEST_F(MemoryBudgetTest, PatienceEndsAndTheNextHasItsTurn) {
  budget_.emplace(100, milliseconds(10));
  Ask(60, 1);
  Ask(60, 2);
  io_.restart();
  io_.run();
  EXPECT_EQ(order_, (std::vector<int>{1, 2}));
  EXPECT_EQ(rpc::ReasonOf(status_), v1::ErrorDetail::REASON_OVERLOADED);
  Ask(40, 3);
  EXPECT_TRUE(status_.ok()) << "who gave up takes nothing";
}

TEST_F(MemoryBudgetTest, MoreThanAllIsAll) {
  budget_.emplace(100);
  Ask(5'000, 1);
  EXPECT_TRUE(status_.ok());
  Ask(1, 2);
  EXPECT_EQ(order_.size(), 1u);
  leases_.clear();
  Run();
  EXPECT_EQ(order_.size(), 2u);
}

}  // namespace
}  // namespace posthorn::store
