#include "mail/address.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace posthorn::mail {
namespace {

// "name|route|mailbox|host" of every entry, "{group" and "}" for the ends of groups.
std::string Parse(absl::string_view value) {
  std::string out;
  for (const Address& address : ParseAddressList(value)) {
    absl::StrAppend(&out, out.empty() ? "" : " , ");
    switch (address.kind) {
      case Address::Kind::kGroupStart:
        absl::StrAppend(&out, "{", address.mailbox);
        EXPECT_EQ(absl::StrCat(address.name, address.route, address.host), "");
        break;
      case Address::Kind::kGroupEnd:
        absl::StrAppend(&out, "}");
        break;
      case Address::Kind::kMailbox:
        absl::StrAppend(&out, address.name, "|", address.route, "|", address.mailbox, "|",
                        address.host);
    }
  }
  return out;
}

struct Case {
  const char* value;
  const char* expected;
};

TEST(Address, Lists) {
  const Case cases[] = {
      {"", ""},
      {" \r\n ", ""},
      {",, ,", ""},
      {"<>", ""},
      {"alice@example.org", "||alice|example.org"},
      {" alice@example.org\r\n", "||alice|example.org"},
      {"<alice@example.org>", "||alice|example.org"},
      {"Alice <alice@example.org>", "Alice||alice|example.org"},
      {"Alice<alice@example.org>", "Alice||alice|example.org"},
      {"\"Doe, Alice\" <alice@example.org>", "Doe, Alice||alice|example.org"},
      {"\"a \\\"b\\\" \\\\c\" <a@b>", "a \"b\" \\c||a|b"},
      {"Dr. Alice B. Doe <a@b>", "Dr. Alice B. Doe||a|b"},
      {"Alice\r\n Doe <a@b>", "Alice Doe||a|b"},
      {"=?utf-8?q?Al=C3=ADce?= <a@b>", "=?utf-8?q?Al=C3=ADce?=||a|b"},
      {"\xC3\x84rger <\xC3\xA4@\xC3\xB6.example>", "\xC3\x84rger||\xC3\xA4|\xC3\xB6.example"},
      {"a@b (Alice Doe)", "Alice Doe||a|b"},
      {"a@b (Alice (nested \\) ) Doe)", "Alice (nested ) ) Doe||a|b"},
      {"<a@b> (Alice)", "Alice||a|b"},
      {"(x) a@b, (y) c@d", "x||a|b , y||c|d"},
      {"a@b (A), c@d", "A||a|b , ||c|d"},
      {"Name (comment) <a@b>", "Name||a|b"},
      {"a (c) @ (d) b . c", "d||a|b.c"},
      {"a . b @ c", "||a.b|c"},
      {"\"john doe\"@example.org", "||john doe|example.org"},
      {"\"a@b\"@c", "||a@b|c"},
      {"\"\"@c", "|||c"},
      {"a@[192.0.2.1]", "||a|[192.0.2.1]"},
      {"<a@[IPv6:::1]>", "||a|[IPv6:::1]"},
      {"<@one,@two:a@b>", "|@one,@two|a|b"},
      {"X <@one:a@b>", "X|@one|a|b"},
      {"a@b, c@d,e@f", "||a|b , ||c|d , ||e|f"},
      {"<a@b> <c@d>", "||a|b , ||c|d"},
      {"<a@b, <c@d>", "||a|b , ||c|d"},
      {"root", "||root|"},
      {"Alice Doe", "||Alice Doe|"},
      {"Alice <>", "Alice|||"},
      {"a@b@c", "||a@b|c"},
      {"a@", "||a|"},
      {"@b", "|||b"},
      {"undisclosed-recipients:;", "{undisclosed-recipients , }"},
      {"unlisted-recipients:; (no To-header on input)", "{unlisted-recipients , }"},
      {"Friends: a@b, C <c@d>;, e@f", "{Friends , ||a|b , C||c|d , } , ||e|f"},
      {"A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;",
       "{A Group , Ed Jones||joe|where.test , ||joe|where.test , John||jdoe|one.test , }"},
      {"open: a@b", "{open , ||a|b , }"},
      {":;", "{ , }"},
      {"a: b: c@d;", "{a , ||b:c|d , }"},
      {"g: <a@b; c@d", "{g , ||a|b , } , ||c|d"},
      {";;;", ""},
      {"\"unterminated <a@b>", "||unterminated <a@b>|"},
      {"(unterminated <a@b>", ""},
      {"<a@b", "||a|b"},
      {"a@[unterminated", "||a|[unterminated"},
      {"back\\slash@x", "||back\\slash|x"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Parse(c.value), c.expected) << c.value;
  }
}

TEST(Address, NulIsAnOrdinaryOctet) {
  const AddressList list = ParseAddressList(absl::string_view("a\0b@c", 5));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].mailbox, std::string("a\0b", 3));
}

TEST(Address, TheNumberIsBounded) {
  std::string value = "g: ";
  for (int i = 0; i < 1000; ++i) {
    value += "a@b,";
  }
  const AddressList list = ParseAddressList(value, 10);
  ASSERT_EQ(list.size(), 11U);
  EXPECT_EQ(list.back().kind, Address::Kind::kGroupEnd);
}

// Each of these made some parser quadratic; here they are only as long as to be felt if so.
TEST(Address, HostileTextIsLinear) {
  for (const std::string unit : {"(", "<",   "<@", "\"",   "a:", "[", "@[",   "a@",  "\\", ".",
                                 " ", "(\\", "<(", "<@a,", "=?", ":", "a(b)", "<\"", "a ", ";"}) {
    std::string value;
    while (value.size() < 1'000'000) {
      value += unit;
    }
    ParseAddressList(value);
  }
}

}  // namespace
}  // namespace posthorn::mail
