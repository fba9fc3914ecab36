#include "smtp-gateway/parser/delivery_time.h"

#include <gtest/gtest.h>

namespace posthorn::smtp {
namespace {

TEST(DeliverByTest, Parses) {
  const auto by = ParseDeliverBy("120;R");
  ASSERT_TRUE(by);
  EXPECT_EQ(by->seconds, 120);
  EXPECT_TRUE(by->returned);
  EXPECT_FALSE(by->trace);
  const auto over = ParseDeliverBy("-999999999;nt");
  ASSERT_TRUE(over);
  EXPECT_EQ(over->seconds, -999'999'999);
  EXPECT_FALSE(over->returned);
  EXPECT_TRUE(over->trace);
  EXPECT_TRUE(ParseDeliverBy("+5;N"));
  EXPECT_TRUE(ParseDeliverBy("0;N"));
}

TEST(DeliverByTest, RefusesTheRest) {
  for (const char* bad : {"", "120", "120;", "120;X", "120;RX", "120;RTT", ";R", "0;R", "-1;R",
                          "1234567890;R", "--1;N", "1 ;R", "R"}) {
    EXPECT_FALSE(ParseDeliverBy(bad)) << bad;
  }
}

TEST(HoldTest, ParsesIntervals) {
  EXPECT_EQ(ParseHoldFor("1"), 1u);
  EXPECT_EQ(ParseHoldFor("999999999"), 999'999'999u);
  for (const char* bad : {"", "0", "01", "-1", "+1", "1s", "1000000000"}) {
    EXPECT_FALSE(ParseHoldFor(bad)) << bad;
  }
}

TEST(HoldTest, ParsesDateTimes) {
  EXPECT_EQ(ParseHoldUntil("1997-11-21T15:55:06Z"), 880127706);
  EXPECT_EQ(ParseHoldUntil("1997-11-21t09:55:06.25-06:00"), 880127706);
  EXPECT_EQ(ParseHoldUntil("1997-11-21T16:25:06+00:30"), 880127706);
  EXPECT_EQ(ParseHoldUntil("1990-12-31T23:59:60Z"), 662687999);
  EXPECT_TRUE(ParseHoldUntil("2028-02-29T00:00:00Z"));
}

TEST(HoldTest, RefusesOtherDateTimes) {
  for (const char* bad :
       {"", "1997-11-21", "1997-11-21T15:55Z", "1997-11-21T15:55:06", "1997-13-21T15:55:06Z",
        "1997-11-31T15:55:06Z", "2027-02-29T00:00:00Z", "1997-11-21T24:00:00Z",
        "1997-11-21T15:60:06Z", "1997-11-21T15:55:61Z", "1997-11-21T15:55:06.Z",
        "1997-11-21T15:55:06+24:00", "1997-11-21T15:55:06+0000", "1997-11-21T15:55:06Zx",
        "97-11-21T15:55:06Z", "1997-11-21T15:55:06.1234567890Z"}) {
    EXPECT_FALSE(ParseHoldUntil(bad)) << bad;
  }
}

}  // namespace
}  // namespace posthorn::smtp
