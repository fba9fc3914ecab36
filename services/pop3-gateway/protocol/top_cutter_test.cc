#include "pop3-gateway/protocol/top_cutter.h"

#include <string>

#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

std::string Top(absl::string_view message, uint32_t lines, size_t frame) {
  TopCutter cutter(lines);
  std::string shown;
  for (size_t at = 0; at < message.size() && !cutter.done(); at += frame) {
    const absl::string_view next = message.substr(at, frame);
    shown.append(next.data(), cutter.Feed(next));
  }
  const absl::string_view missing = cutter.Missing();
  shown.append(missing.data(), missing.size());
  return shown;
}

struct Case {
  std::string message;
  uint32_t lines;
  std::string shown;
};

TEST(TopCutter, SameWhateverTheFrames) {
  const Case cases[] = {
      {"A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n", 0, "A: b\r\nC: d\r\n\r\n"},
      {"A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n", 2, "A: b\r\nC: d\r\n\r\n1\r\n2\r\n"},
      {"A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n", 3, "A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n"},
      {"A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n", 4294967295u, "A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n"},
      {"A: b\r\n\r\n\r\n\r\nx\r\n", 2, "A: b\r\n\r\n\r\n\r\n"},
      {"\r\nbody\r\n", 0, "\r\n"},
      {"\nbody\n", 1, "\nbody\n"},
      {"A: b\n\nbody\nmore", 1, "A: b\n\nbody\n"},
      {"A: b\r\nno empty line\r\n", 0, "A: b\r\nno empty line\r\n\r\n"},
      {"A: b\r\nno line end", 3, "A: b\r\nno line end\r\n\r\n"},
      {"A: b\r\n \r\nfolded\r\n\r\nx", 0, "A: b\r\n \r\nfolded\r\n\r\n"},
      {"", 5, "\r\n"},
  };
  for (const Case& c : cases) {
    for (size_t frame = 1; frame <= c.message.size() + 1; ++frame) {
      EXPECT_EQ(Top(c.message, c.lines, frame), c.shown) << frame;
    }
  }
}

TEST(TopCutter, DoneAsSoonAsNothingFollows) {
  TopCutter cutter(1);
  EXPECT_EQ(cutter.Feed("A: b\r\n\r\n"), 8u);
  EXPECT_FALSE(cutter.done());
  EXPECT_EQ(cutter.Feed("line\r\nmore\r\n"), 6u);
  EXPECT_TRUE(cutter.done());
}

}  // namespace
}  // namespace posthorn::pop3
