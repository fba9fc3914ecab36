#include "smtp-gateway/parser/bdat.h"

#include <gtest/gtest.h>

namespace posthorn::smtp {
namespace {

TEST(ParseBdatTest, ReadsSizeAndLast) {
  EXPECT_EQ(ParseBdat("86")->size, 86u);
  EXPECT_FALSE(ParseBdat("86")->last);
  EXPECT_TRUE(ParseBdat("0 LAST")->last);
  EXPECT_TRUE(ParseBdat("86  last")->last);
}

TEST(ParseBdatTest, RefusesTheRest) {
  for (const char* text :
       {"", "LAST", "-1", "1 MORE", "1LAST", "1 LAST X", "99999999999999999999"}) {
    EXPECT_FALSE(ParseBdat(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace posthorn::smtp
