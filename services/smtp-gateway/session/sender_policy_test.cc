#include "smtp-gateway/session/sender_policy.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::smtp {
namespace {

bool May(std::string_view sender) {
  Path path;
  EXPECT_EQ(ParsePath(&sender, &path), PathError::kNone);
  return MaySendAs("alice@example.org", path);
}

TEST(MaySendAsTest, OwnAddressInItsSpellings) {
  EXPECT_TRUE(May("<alice@example.org>"));
  EXPECT_TRUE(May("<Alice@EXAMPLE.org>"));
  EXPECT_TRUE(May("<\"alice\"@example.org>"));
  EXPECT_TRUE(May("<alice+news@example.org>"));
  EXPECT_TRUE(May("<>"));
}

TEST(MaySendAsTest, NobodyElses) {
  EXPECT_FALSE(May("<bob@example.org>"));
  EXPECT_FALSE(May("<alice@example.com>"));
  EXPECT_FALSE(May("<alic@example.org>"));
  EXPECT_FALSE(May("<bob+alice@example.org>"));
  EXPECT_FALSE(May("<+alice@example.org>"));
}

}  // namespace
}  // namespace posthorn::smtp
