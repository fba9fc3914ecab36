#include "pop3-gateway/protocol/dot_stuffer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

std::string Stuff(absl::string_view message, size_t frame) {
  DotStuffer stuffer;
  std::string out;
  for (size_t at = 0; at < message.size(); at += frame) {
    stuffer.Feed(message.substr(at, frame), &out);
  }
  stuffer.Finish(&out);
  return out;
}

struct Case {
  std::string message;
  std::string response;
};

TEST(DotStuffer, SameWhateverTheFrames) {
  const Case cases[] = {
      {"", ".\r\n"},
      {".", "..\r\n.\r\n"},
      {".\r\n", "..\r\n.\r\n"},
      {"a\r\n", "a\r\n.\r\n"},
      {"a", "a\r\n.\r\n"},
      {"a\r", "a\r\r\n.\r\n"},
      {"a\n", "a\n\r\n.\r\n"},
      {"\n", "\n\r\n.\r\n"},
      {"\r\n", "\r\n.\r\n"},
      {"a.b\r\n..c\r\n.\r\n", "a.b\r\n...c\r\n..\r\n.\r\n"},
      {"a\r\n.b.\r\n\r\n.c", "a\r\n..b.\r\n\r\n..c\r\n.\r\n"},
      // A bare LF begins a line for many clients, a bare CR for none.
      {"a\n.\r\n+OK forged", "a\n..\r\n+OK forged\r\n.\r\n"},
      {"a\r.\r\n", "a\r.\r\n.\r\n"},
      {std::string("\0.\0\r\n.\0", 7), std::string("\0.\0\r\n..\0\r\n.\r\n", 13)},
  };
  for (const Case& c : cases) {
    for (size_t frame = 1; frame <= c.message.size() + 1; ++frame) {
      EXPECT_EQ(Stuff(c.message, frame), c.response) << frame;
    }
  }
}

TEST(DotStuffer, EveryLineBeginsWithDot) {
  std::string message;
  std::string response;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&message, ".", i, "\r\n");
    absl::StrAppend(&response, "..", i, "\r\n");
  }
  EXPECT_EQ(Stuff(message, 7), absl::StrCat(response, ".\r\n"));
  EXPECT_EQ(Stuff(message, 1 << 20), absl::StrCat(response, ".\r\n"));
}

}  // namespace
}  // namespace posthorn::pop3
