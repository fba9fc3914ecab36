#include "smtp-gateway/parser/message_class.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::smtp {
namespace {

TEST(PriorityTest, IsOneDigit) {
  EXPECT_EQ(ParsePriority("0"), 0);
  EXPECT_EQ(ParsePriority("9"), 9);
  EXPECT_EQ(ParsePriority("-9"), -9);
  for (const char* bad : {"", "-", "-0", "+1", "10", "-10", "1 ", "x"}) {
    EXPECT_FALSE(ParsePriority(bad)) << bad;
  }
}

TEST(SolicitationTest, ListsKeywords) {
  EXPECT_TRUE(AreSolicitationKeywords("org.example:ADV:ADLT"));
  EXPECT_TRUE(AreSolicitationKeywords("a,b-c_d.e"));
  for (const char* bad : {"", ",", "a,", ",a", "1a", "a b", "a\x80"}) {
    EXPECT_FALSE(AreSolicitationKeywords(bad)) << bad;
  }
  EXPECT_FALSE(AreSolicitationKeywords(std::string(1001, 'a')));
}

}  // namespace
}  // namespace posthorn::smtp
