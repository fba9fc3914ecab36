#include "smtp-gateway/client/dot_stuffer.h"

#include <gtest/gtest.h>

namespace posthorn::client {
namespace {

// The message in pieces of `size`.
std::string Stuffed(absl::string_view message, size_t size) {
  DotStuffer stuffer;
  std::string out;
  for (size_t i = 0; i < message.size(); i += size) {
    if (!stuffer.Append(message.substr(i, size), out).ok()) {
      return "refused";
    }
  }
  return stuffer.Finish(out).ok() ? out : "refused";
}

TEST(DotStuffer, HoweverThePiecesAreCut) {
  const struct {
    absl::string_view message;
    std::string sent;
  } kCases[] = {
      {"", ".\r\n"},
      {"a\r\n", "a\r\n.\r\n"},
      {"a", "a\r\n.\r\n"},
      {".\r\n", "..\r\n.\r\n"},
      {"..a\r\n.\r\nb.c\r\n.d", "...a\r\n..\r\nb.c\r\n..d\r\n.\r\n"},
      {"\r\n\r\n.", "\r\n\r\n..\r\n.\r\n"},
      {"a\n.\r\n", "refused"},
      {"a\r.\r\n", "refused"},
      {"a\r\r\n", "refused"},
      {"\n", "refused"},
      {"a\r", "refused"},
      {absl::string_view("a\0b\r\n", 5), "refused"},
  };
  for (const auto& c : kCases) {
    for (const size_t size : {1, 2, 3, 100}) {
      EXPECT_EQ(Stuffed(c.message, size), c.sent) << c.message << " by " << size;
    }
  }
}

}  // namespace
}  // namespace posthorn::client
