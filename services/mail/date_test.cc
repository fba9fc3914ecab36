#include "mail/date.h"

#include "gtest/gtest.h"

namespace posthorn::mail {
namespace {

struct Case {
  const char* text;
  int64_t unix_seconds;
  int zone_minutes;
};

TEST(Date, Reads) {
  const Case cases[] = {
      {"Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360},
      {"21 Nov 1997 09:55:06 -0600", 880127706, -360},
      {" Fri , 21\r\n Nov 1997 09:55:06 -0600\r\n", 880127706, -360},
      {"Fri, 21 Nov 97 09:55:06 -0600", 880127706, -360},
      {"Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)", -27723480, -210},
      {"Tue, 1 Jul 2003 10:52:37 +0200", 1057049557, 120},
      {"1 Jul 103 10:52:37 +0200", 1057049557, 120},
      {"1 Jul 03 10:52:37 +0200", 1057049557, 120},
      {"Thu, 1 Jan 1970 00:00:00 +0000", 0, 0},
      {"1 Jan 1970 00:00", 0, 0},
      {"1 Jan 1970", 0, 0},
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0, 0},
      {"1 Jan 1970 00:00:00 EST", 18000, -300},
      {"1 Jan 1970 00:00:00 pdt", 25200, -420},
      {"1 Jan 1970 00:00:00 A", 0, 0},
      {"1 Jan 1970 00:00:00 XYZZY", 0, 0},
      {"1 Jan 1970 00:00:00 -0000", 0, 0},
      {"1 Jan 1970 00:00:00 +0100 CET", -3600, 60},
      {"1 Jan 1970 00:00:00+0100", -3600, 60},
      {"1 Jan 1970 00:00:00 +1", -3600, 60},
      {"1 Jan 1970 00:00:00 +01:30", -5400, 90},
      {"1 Jan 1970 00:00:00 +9999", 0, 0},
      {"1-Jan-1970 00:00:00 +0100", -3600, 60},
      {"Thu Jan  1 00:00:00 1970", 0, 0},
      {"Thu Jan  1 00:00:00 1970 -0100", 3600, -60},
      {"Thu Jan  1 00:00:00 EST 1970", 18000, -300},
      {"Thursday, 1 January 1970 00:00:00 +0000", 0, 0},
      {"29 Feb 2000 00:00:00 +0000", 951782400, 0},
      {"31 Dec 1998 23:59:60 +0000", 915148800, 0},
      {"31 Dec 9999 23:59:59 +0000", 253402300799, 0},
      {"31 Dec 9999 23:59:60 +0000", 253402300799, 0},
      {"31 Dec 9999 23:59:60 -0100", 253402304399, -60},
      {"1 Jan 1900 00:00:00 +0000", -2208988800, 0},
  };
  for (const Case& c : cases) {
    const std::optional<Date> date = ParseDate(c.text);
    ASSERT_TRUE(date.has_value()) << c.text;
    EXPECT_EQ(date->unix_seconds, c.unix_seconds) << c.text;
    EXPECT_EQ(date->zone_minutes, c.zone_minutes) << c.text;
  }
}

TEST(Date, Refuses) {
  for (const char* text : {"",
                           " ",
                           "yesterday",
                           "Fri",
                           "21 Nov",
                           "Nov 1997",
                           "32 Jan 2000 00:00:00 +0000",
                           "0 Jan 2000 00:00:00 +0000",
                           "29 Feb 1900 00:00:00 +0000",
                           "30 Feb 2000 00:00",
                           "31 Apr 2000 00:00",
                           "1 Jan 2000 24:00:00 +0000",
                           "1 Jan 2000 10:60:00 +0000",
                           "1 Jan 2000 10:00:61 +0000",
                           "1 Jan 2000 10: +0000",
                           "1 Jan 10000 00:00:00 +0000",
                           "1 Jan 1899 00:00:00 +0000",
                           "99999999999999999999 Jan 2000",
                           "((((",
                           "1 Foo 2000 00:00"}) {
    EXPECT_FALSE(ParseDate(text).has_value()) << text;
  }
}

TEST(Date, Formats) {
  EXPECT_EQ(FormatDate({880127706, -360}), "Fri, 21 Nov 1997 09:55:06 -0600");
  EXPECT_EQ(FormatDate({0, 0}), "Thu, 1 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(FormatDate({-1, 0}), "Wed, 31 Dec 1969 23:59:59 +0000");
  EXPECT_EQ(FormatDate({-27723480, -210}), "Thu, 13 Feb 1969 23:32:00 -0330");
  EXPECT_EQ(FormatDate({INT64_MAX, 0}), "Fri, 31 Dec 9999 23:59:59 +0000");
  EXPECT_EQ(FormatDate({INT64_MIN, 0}), "Mon, 1 Jan 1900 00:00:00 +0000");
}

TEST(Date, WhatIsWrittenIsReadBack) {
  for (int64_t seconds = -2'200'000'000; seconds < 200'000'000'000; seconds += 12'345'679) {
    const Date date{seconds, static_cast<int32_t>(seconds % 1439)};
    ASSERT_EQ(ParseDate(FormatDate(date)), date) << seconds;
  }
  for (const char* text : {"Mon, 1 Jan 1900 00:00:00 +0200", "Fri, 31 Dec 9999 23:59:59 -0200"}) {
    const std::optional<Date> date = ParseDate(text);
    ASSERT_TRUE(date.has_value()) << text;
    EXPECT_EQ(FormatDate(*date), text);
  }
}

}  // namespace
}  // namespace posthorn::mail
