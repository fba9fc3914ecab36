#include "imap-gateway/mailbox/list_pattern.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

bool Matches(absl::string_view pattern, absl::string_view name) {
  return ListPattern(pattern).Matches(name);
}

TEST(ListPattern, Wildcards) {
  EXPECT_TRUE(Matches("*", "a/b"));
  EXPECT_TRUE(Matches("%", "a"));
  EXPECT_FALSE(Matches("%", "a/b"));
  EXPECT_TRUE(Matches("%/%", "a/b"));
  EXPECT_TRUE(Matches("a*", "a"));
  EXPECT_TRUE(Matches("a%c", "abc"));
  EXPECT_FALSE(Matches("a%c", "a/c"));
  EXPECT_TRUE(Matches("a*c", "a/c"));
  EXPECT_TRUE(Matches("%*", "a/b"));
  EXPECT_TRUE(Matches("*b*", "abc"));
  EXPECT_FALSE(Matches("ab", "abc"));
  EXPECT_TRUE(Matches("", ""));
  EXPECT_FALSE(Matches("", "a"));
  EXPECT_TRUE(Matches("%é", "café"));
}

TEST(ListPattern, Parents) {
  EXPECT_TRUE(ListPattern("a/%").MatchesParent("a"));
  EXPECT_TRUE(ListPattern("a/b/c").MatchesParent("a/b"));
  EXPECT_FALSE(ListPattern("a/%").MatchesParent("b"));
  EXPECT_FALSE(ListPattern("%").MatchesParent("a"));
}

TEST(ListPattern, WorkIsBoundedByTheProduct) {
  // Exponential for a backtracking matcher.
  std::string pattern;
  for (int i = 0; i < 400; ++i) {
    pattern += "*a";
  }
  EXPECT_FALSE(Matches(pattern + "b", std::string(1000, 'a')));
  EXPECT_TRUE(Matches(pattern, std::string(1000, 'a')));
}

}  // namespace
}  // namespace posthorn::imap
