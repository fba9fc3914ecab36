#include "mailstore/auth/password_text.h"

#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

TEST(PreparePassword, KeepsAscii) {
  EXPECT_EQ(PreparePassword("correct horse ~!").value(), "correct horse ~!");
}

TEST(PreparePassword, ComposedAndDecomposedAreOnePassword) {
  EXPECT_EQ(PreparePassword("Z\xc3\xbcrich").value(), PreparePassword("Zu\xcc\x88rich").value());
}

TEST(PreparePassword, FollowsTheExamplesOfRfc4013) {
  EXPECT_EQ(PreparePassword("I\xc2\xadX").value(), "IX");    // soft hyphen mapped to nothing
  EXPECT_EQ(PreparePassword("\xc2\xaa").value(), "a");       // NFKC
  EXPECT_EQ(PreparePassword("\xe2\x85\xa8").value(), "IX");  // NFKC
  EXPECT_EQ(PreparePassword("USER").value(), "USER");        // case kept
}

TEST(PreparePassword, NonAsciiSpaceIsSpace) {
  EXPECT_EQ(PreparePassword("a\xc2\xa0z").value(), "a z");
}

TEST(PreparePassword, TakesCharactersNewerThanUnicode32) {
  EXPECT_EQ(PreparePassword("\xf0\x9f\xa6\x8a key").value(), "\xf0\x9f\xa6\x8a key");
}

TEST(PreparePassword, Refuses) {
  const std::string longest(kMaxPasswordOctets, 'x');
  EXPECT_TRUE(PreparePassword(longest).ok());
  const std::pair<std::string, const char*> cases[] = {
      {"", "password is empty"},
      {"\xc2\xad", "password is empty"},
      {longest + "x", "password is longer than 8192 octets"},
      {std::string("a\0b", 3), "password has a NUL character"},
      {"tab\there", "password has control characters or mixes writing directions"},
      {"\xd7\x90 latin", "password has control characters or mixes writing directions"},
      {"\xff\xfe", "password is not UTF-8"},
      {"\xc0\x80", "password is not UTF-8"},
      {"\xed\xa0\x80", "password is not UTF-8"},
  };
  for (const auto& [password, reason] : cases) {
    const auto prepared = PreparePassword(password);
    EXPECT_EQ(prepared.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(prepared.status().message(), reason);
  }
}

}  // namespace
}  // namespace posthorn::store
