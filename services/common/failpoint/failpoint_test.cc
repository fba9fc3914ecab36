#include "common/failpoint/failpoint.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <csignal>
#include <cstdlib>
#include <set>
#include <string>

namespace posthorn::failpoint {
namespace {

class Failpoint : public ::testing::Test {
 protected:
  ~Failpoint() override { Disarm(); }

  static absl::Status PassNow(Point point) {
    boost::asio::io_context io;
    auto passed = boost::asio::co_spawn(io, Pass(point), boost::asio::use_future);
    io.run();
    return passed.get();
  }
};

TEST_F(Failpoint, NothingIsArmedByItself) {
  EXPECT_FALSE(Armed());
  Reach(Point::kStoreSettleWritten);
}

TEST_F(Failpoint, NamesAreUnique) {
  std::set<std::string> names;
  for (const PointName& point : kPoints) {
    EXPECT_TRUE(names.insert(point.name).second) << point.name;
  }
}

TEST_F(Failpoint, RefusesWhatItDoesNotKnow) {
  for (const char* bad :
       {"", "store.settle.written", "store.settle.written=", "store.settle.writen=kill",
        "store.settle.written=die", "store.settle.written=kill@", "store.settle.written=kill@0",
        "store.settle.written=kill@-1", "store.settle.written=stall:", "store.settle.written=stall",
        "store.settle.written=stall:-1", "store.settle.written=stall:nan",
        "store.settle.written=stall:1e9", "store.settle.written=kill,", "=kill",
        "store.settle.written=error"}) {
    EXPECT_FALSE(Arm(bad).ok()) << bad;
    EXPECT_FALSE(Armed()) << bad;
  }
}

TEST_F(Failpoint, AnAnswerIsLostOnce) {
  ASSERT_TRUE(Arm("store.settle.committed=error@2,store.claim.leased=stall:0.001").ok());
  EXPECT_TRUE(PassNow(Point::kStoreSettleCommitted).ok());
  EXPECT_TRUE(absl::IsUnavailable(PassNow(Point::kStoreSettleCommitted)));
  EXPECT_TRUE(PassNow(Point::kStoreSettleCommitted).ok());
  EXPECT_TRUE(PassNow(Point::kStoreClaimCommitted).ok());
  EXPECT_TRUE(PassNow(Point::kStoreClaimLeased).ok());
}

TEST_F(Failpoint, AProcessIsKilledAtTheTimeNamed) {
  const auto reach = [](int times) {
    if (Arm("store.settle.written=kill@3").ok()) {
      for (int i = 0; i < times; ++i) {
        Reach(Point::kStoreSettleWritten);
      }
    }
    std::exit(0);
  };
  EXPECT_EXIT(reach(2), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(reach(3), ::testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace posthorn::failpoint
