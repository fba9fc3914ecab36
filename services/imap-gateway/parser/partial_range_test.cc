#include "imap-gateway/parser/partial_range.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

const NumberRanges kAll = {{10, 12}, {20, 20}, {30, 39}};  // 14 results

std::string Taken(absl::string_view text) {
  Scanner scanner(text);
  const PartialRange range = ParsePartialRange(scanner);
  scanner.End();
  if (!scanner.ok()) {
    return "error";
  }
  EXPECT_EQ(FormatPartialRange(range), text);
  return FormatRanges(TakePartial(kAll, range));
}

TEST(PartialRange, FromTheFirst) {
  EXPECT_EQ(Taken("1:3"), "10:12");
  EXPECT_EQ(Taken("3:5"), "12,20,30");
  EXPECT_EQ(Taken("5:3"), "12,20,30");
  EXPECT_EQ(Taken("14:100"), "39");
  EXPECT_EQ(Taken("15:100"), "");
  EXPECT_EQ(Taken("1:4294967295"), "10:12,20,30:39");
}

TEST(PartialRange, FromTheLast) {
  EXPECT_EQ(Taken("-1:-1"), "39");
  EXPECT_EQ(Taken("-1:-11"), "20,30:39");
  EXPECT_EQ(Taken("-14:-12"), "10:12");
  EXPECT_EQ(Taken("-13:-4294967295"), "10:11");
  EXPECT_EQ(Taken("-15:-20"), "");
}

TEST(PartialRange, RoomForResults) {
  EXPECT_EQ(SizeOf({1, 1, false}), 1u);
  EXPECT_EQ(SizeOf({500, 1, true}), 500u);
  EXPECT_EQ(SizeOf({1, UINT32_MAX, false}), std::uint64_t{UINT32_MAX});
}

TEST(PartialRange, WhatIsNone) {
  for (const char* text : {"", "1", "1:", ":1", "0:1", "1:0", "-1:1", "1:-1", "--1:-1", "1:*"}) {
    EXPECT_EQ(Taken(text), "error") << text;
  }
  EXPECT_TRUE(TakePartial({}, {1, 10, false}).empty());
  EXPECT_TRUE(TakePartial({}, {1, 10, true}).empty());
}

}  // namespace
}  // namespace posthorn::imap
