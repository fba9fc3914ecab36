#include "imap-gateway/parser/date_time.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

bool ReadsDateTime(absl::string_view text, DateTime* value = nullptr) {
  Scanner scanner(text);
  const DateTime when = ParseDateTime(scanner);
  scanner.End();
  if (value != nullptr) {
    *value = when;
  }
  return scanner.ok();
}

TEST(DateTime, ReadsAndWritesTheFixedForm) {
  DateTime when;
  ASSERT_TRUE(ReadsDateTime(R"(" 1-Feb-1994 21:52:25 -0800")", &when));
  EXPECT_EQ(when.unix_seconds, 760168345);
  EXPECT_EQ(when.zone_minutes, -480);
  EXPECT_EQ(FormatDateTime(when), R"(" 1-Feb-1994 21:52:25 -0800")");
  ASSERT_TRUE(ReadsDateTime(R"("17-jul-1996 02:44:25 +0530")", &when));
  EXPECT_EQ(FormatDateTime(when), R"("17-Jul-1996 02:44:25 +0530")");
  EXPECT_EQ(FormatDateTime({0, 0}), R"(" 1-Jan-1970 00:00:00 +0000")");
  EXPECT_EQ(FormatDateTime({-1, 0}), R"("31-Dec-1969 23:59:59 +0000")");
  // As 31-Dec-9999 23:59:59 -0800 is in UTC: the form has room for four digits.
  EXPECT_EQ(FormatDateTime({253'402'329'599, 0}), R"(" 1-Jan-9999 07:59:59 +0000")");
}

TEST(DateTime, RefusesWhatIsNoMoment) {
  for (const char* text :
       {R"("31-Feb-1994 21:52:25 -0800")", R"("1-Foo-1994 21:52:25 -0800")",
        R"("01-Feb-1994 24:00:00 +0000")", R"("01-Feb-1994 21:60:25 +0000")",
        R"("01-Feb-1994 21:52:25 0000")", R"("01-Feb-94 21:52:25 +0000")",
        R"("00-Feb-1994 21:52:25 +0000")", R"("01-Feb-1994 21:52:25 +2500")", R"(")", ""}) {
    EXPECT_FALSE(ReadsDateTime(text)) << text;
  }
}

TEST(Date, QuotedOrNot) {
  for (const char* text : {"1-Feb-1994", "01-FEB-1994", "\"1-Feb-1994\""}) {
    Scanner scanner(text);
    EXPECT_EQ(ParseDate(scanner), (Date{1994, 2, 1})) << text;
    EXPECT_TRUE(scanner.ok() && scanner.AtEnd()) << text;
  }
  EXPECT_EQ(DaysSinceEpoch({1970, 1, 2}), 1);
  EXPECT_EQ(DaysSinceEpoch({2000, 3, 1}), 11017);
}

}  // namespace
}  // namespace posthorn::imap
