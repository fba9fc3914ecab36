#include "mailstore/account_turns.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "common/rpc/status.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

class AccountTurnsTest : public testing::Test {
 protected:
  struct Place {
    std::optional<AccountTurns::Turn> turn;
    absl::Status status = absl::UnknownError("waits");
  };

  void Enter(AccountId account, Place& place) {
    asio::co_spawn(io_, Take(turns_, account, place), asio::detached);
    Run();
  }
  static asio::awaitable<void> Take(AccountTurns& turns, AccountId account, Place& place) {
    auto turn = co_await turns.Enter(account);
    place.status = turn.status();
    if (turn.ok()) {
      place.turn.emplace(*std::move(turn));
    }
  }
  // Everything that need not wait for a timer.
  void Run() {
    io_.restart();
    io_.poll();
  }

  AccountTurns turns_{2, std::chrono::minutes(1)};
  asio::io_context io_;
};

TEST_F(AccountTurnsTest, AFurtherOneOfTheAccountWaits) {
  Place first;
  Place second;
  Place third;
  Place other;
  Enter(AccountId(1), first);
  Enter(AccountId(1), second);
  Enter(AccountId(1), third);
  Enter(AccountId(2), other);
  EXPECT_TRUE(first.status.ok() && second.status.ok() && other.status.ok());
  EXPECT_FALSE(third.turn.has_value());
  first.turn.reset();
  Run();
  EXPECT_TRUE(third.turn.has_value());
  second.turn.reset();
  third.turn.reset();
  Enter(AccountId(1), first);
  EXPECT_TRUE(first.turn.has_value());
}

TEST_F(AccountTurnsTest, PatienceEnds) {
  AccountTurns impatient(1, std::chrono::milliseconds(1));
  Place first;
  Place second;
  asio::co_spawn(io_, Take(impatient, AccountId(1), first), asio::detached);
  asio::co_spawn(io_, Take(impatient, AccountId(1), second), asio::detached);
  io_.restart();
  io_.run();
  EXPECT_TRUE(first.status.ok());
  EXPECT_EQ(rpc::ReasonOf(second.status), v1::ErrorDetail::REASON_OVERLOADED);
  first.turn.reset();
}

}  // namespace
}  // namespace posthorn::store
