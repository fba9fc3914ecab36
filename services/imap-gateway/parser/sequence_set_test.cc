#include "imap-gateway/parser/sequence_set.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::imap {
namespace {

std::string Resolve(absl::string_view text, std::uint32_t largest) {
  Scanner scanner(text);
  const SequenceSet set = ParseSequenceSet(scanner);
  scanner.End();
  return scanner.ok() ? FormatRanges(set.Resolve(largest)) : "error";
}

TEST(SequenceSet, AcceptsEveryLegalForm) {
  EXPECT_EQ(Resolve("1", 9), "1");
  EXPECT_EQ(Resolve("*", 9), "9");
  EXPECT_EQ(Resolve("*:*", 9), "9");
  EXPECT_EQ(Resolve("*:4", 9), "4:9");
  EXPECT_EQ(Resolve("5:1", 9), "1:5");
  EXPECT_EQ(Resolve("1593:1580", 9), "1580:1593");
  EXPECT_EQ(Resolve("1,1,2:3,2", 9), "1:3");
  EXPECT_EQ(Resolve("7,3,5:6,1:2", 9), "1:3,5:7");
  EXPECT_EQ(Resolve("4294967295:4294967294,1", 9), "1,4294967294:4294967295");
}

TEST(SequenceSet, StarPastTheEndNamesTheLastMessage) {
  EXPECT_EQ(Resolve("100:*", 9), "9:100");
  EXPECT_EQ(Resolve("1:*", 0), "");
  EXPECT_EQ(Resolve("*", 0), "");
}

TEST(SequenceSet, RefusesTheRest) {
  for (const char* text : {"0", "1:0", "", ",", "1,", "1:", ":1", "-1", "1;2", "1 2", "a",
                           "4294967296", "1:2:3", "**"}) {
    EXPECT_EQ(Resolve(text, 9), "error") << text;
  }
}

TEST(SequenceSet, ExceedsTheMailbox) {
  const auto exceeds = [](absl::string_view text, std::uint32_t largest) {
    Scanner scanner(text);
    return ParseSequenceSet(scanner).Exceeds(largest);
  };
  EXPECT_FALSE(exceeds("1:*", 3));
  EXPECT_FALSE(exceeds("3", 3));
  EXPECT_TRUE(exceeds("4", 3));
  EXPECT_TRUE(exceeds("2:4", 3));
  EXPECT_TRUE(exceeds("5:*", 3));
  EXPECT_TRUE(exceeds("1", 0));
  EXPECT_FALSE(exceeds("*", 0));
  EXPECT_FALSE(exceeds("1:*", 0));
}

TEST(Ranges, IntersectAndContain) {
  const NumberRanges a = {{1, 5}, {10, 20}};
  const NumberRanges b = {{4, 12}, {20, 30}};
  EXPECT_EQ(FormatRanges(Intersect(a, b)), "4:5,10:12,20");
  EXPECT_TRUE(Contains(a, 10));
  EXPECT_FALSE(Contains(a, 6));
  EXPECT_FALSE(Contains({}, 6));
  EXPECT_EQ(CountOf(a), 16u);
  EXPECT_EQ(FormatRanges(RunsOf({1, 2, 3, 7, 9, 10})), "1:3,7,9:10");
}

TEST(Ranges, Subtract) {
  const NumberRanges all = {{1, 5}, {10, 20}};
  EXPECT_EQ(FormatRanges(Subtract(all, {})), "1:5,10:20");
  EXPECT_EQ(FormatRanges(Subtract(all, {{1, 1}, {4, 12}, {20, 4294967295}})), "2:3,13:19");
  EXPECT_EQ(FormatRanges(Subtract(all, {{1, 4294967295}})), "");
}

}  // namespace
}  // namespace posthorn::imap
