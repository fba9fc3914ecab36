#include "smtp-gateway/session/data_rate.h"

#include <gtest/gtest.h>

namespace posthorn::smtp {
namespace {

using std::chrono::seconds;

TEST(DataRateTest, SlowClientsHaveAGraceTime) {
  DataRate rate(500, seconds(60));
  rate.Count(10, seconds(60));
  EXPECT_FALSE(rate.TooSlow());
  rate.Count(10, seconds(1));
  EXPECT_TRUE(rate.TooSlow());
}

TEST(DataRateTest, TheAverageCounts) {
  DataRate rate(500, seconds(60));
  rate.Count(500 * 100, seconds(1));
  rate.Count(0, seconds(99));
  EXPECT_FALSE(rate.TooSlow());
  rate.Count(0, seconds(1));
  EXPECT_TRUE(rate.TooSlow());
}

}  // namespace
}  // namespace posthorn::smtp
