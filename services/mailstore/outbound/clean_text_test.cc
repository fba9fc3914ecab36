#include "mailstore/outbound/clean_text.h"

#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

TEST(CleanText, IsTextOfALine) {
  EXPECT_EQ(CleanText("550 no\r\nsuch\tuser", 100), "550 no  such user");
  EXPECT_EQ(CleanText(absl::string_view("a\0b", 3), 100), "a b");
  EXPECT_EQ(CleanText("gr\xc3\xbc\xc3\x9f"
                      "e",
                      100),
            "gr\xc3\xbc\xc3\x9f"
            "e");
  EXPECT_EQ(CleanText("\xc3(\xff", 100), "?(?");
  EXPECT_EQ(CleanText("\xc2\x85", 100), " ");  // a control of ISO 6429
  // Never half a character.
  EXPECT_EQ(CleanText("gr\xc3\xbc", 3), "gr");
  EXPECT_EQ(CleanText("abc", 2), "ab");
  EXPECT_TRUE(IsCleanText("alice@example.org", 100));
  EXPECT_FALSE(IsCleanText("alice@example.org\r\nX: y", 100));
  EXPECT_FALSE(IsCleanText("alice@example.org", 5));
}

TEST(CleanStatusCode, KeepsItsClass) {
  EXPECT_EQ(CleanStatusCode("5.1.1", '5'), "5.1.1");
  EXPECT_EQ(CleanStatusCode("4.7.25", '4'), "4.7.25");
  for (const char* code : {"", "5", "5.1", "5.1.1.1", "5.1111.1", "5.a.1", "4.1.1", "5..1"}) {
    EXPECT_EQ(CleanStatusCode(code, '5'), "5.0.0") << code;
  }
}

TEST(DomainOf, IsTheNameOfASite) {
  EXPECT_EQ(DomainOf("bob@Far.Example"), "far.example");
  EXPECT_EQ(DomainOf("\"a@b\"@far.example"), "far.example");
  EXPECT_EQ(DomainOf("bob@b\xc3\xbc"
                     "cher.example"),
            "xn--bcher-kva.example");
  EXPECT_EQ(DomainOf("bob@[IPv6:2001:DB8::1]"), "[ipv6:2001:db8::1]");
  EXPECT_EQ(DomainOf("postmaster"), "");
  EXPECT_EQ(DomainOf(""), "");
}

}  // namespace
}  // namespace posthorn::store
