#include "smtp-gateway/parser/path.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::smtp {
namespace {

struct Parsed {
  PathError error;
  Path path;
  std::string rest;
};

Parsed Parse(std::string_view text) {
  Parsed parsed;
  parsed.error = ParsePath(&text, &parsed.path);
  parsed.rest = std::string(text);
  return parsed;
}

TEST(ParsePathTest, TakesThePathAndLeavesTheParameters) {
  const Parsed parsed = Parse("<Alice@Example.ORG> SIZE=10 BODY=8BITMIME");
  ASSERT_EQ(parsed.error, PathError::kNone);
  EXPECT_EQ(parsed.path.address.local_part, "Alice");
  EXPECT_EQ(parsed.path.address.domain, "example.org");
  EXPECT_EQ(parsed.path.text, "Alice@Example.ORG");
  EXPECT_EQ(parsed.rest, "SIZE=10 BODY=8BITMIME");
}

TEST(ParsePathTest, KnowsTheNullPath) {
  const Parsed parsed = Parse("<>");
  ASSERT_EQ(parsed.error, PathError::kNone);
  EXPECT_TRUE(parsed.path.null);
}

TEST(ParsePathTest, QuotedLocalPartsMayHoldBracketsAndSpaces) {
  const Parsed parsed = Parse("<\"a > \\\" b\"@example.org> X=1");
  ASSERT_EQ(parsed.error, PathError::kNone);
  EXPECT_EQ(parsed.path.address.local_part, "a > \" b");
  EXPECT_EQ(parsed.rest, "X=1");
}

TEST(ParsePathTest, IgnoresSourceRoutes) {
  const Parsed parsed = Parse("<@one.example,@two.example:bob@example.org>");
  ASSERT_EQ(parsed.error, PathError::kNone);
  EXPECT_EQ(parsed.path.text, "bob@example.org");
}

TEST(ParsePathTest, TakesPostmasterAndInternationalAddresses) {
  EXPECT_EQ(Parse("<Postmaster>").error, PathError::kNone);
  const Parsed parsed = Parse("<иван@пример.example>");
  ASSERT_EQ(parsed.error, PathError::kNone);
  EXPECT_TRUE(parsed.path.address.IsInternational());
}

TEST(ParsePathTest, RefusesBadSyntax) {
  for (const char* text :
       {"", "a@b.example", "<a@b.example", "<a@b.example>x", "<a b@c.example>", "<@a.example>",
        "<@a.example:>", "<@a.example,:b@c.example>", "<<a@b.example>>", "< >", "<a@@b.example>",
        "<\"a@b.example>", "<a@b.example\\>", "<@:a@b.example>"}) {
    EXPECT_EQ(Parse(text).error, PathError::kSyntax) << text;
  }
}

TEST(ParsePathTest, RefusesTooLongPaths) {
  EXPECT_EQ(Parse("<" + std::string(65, 'a') + "@example.org>").error, PathError::kTooLong);
  EXPECT_EQ(Parse("<" + std::string(4000, 'a') + "@example.org>").error, PathError::kTooLong);
}

}  // namespace
}  // namespace posthorn::smtp
