#include "mail/mailbox_address.h"

#include <string>

#include "gtest/gtest.h"

namespace posthorn::mail {
namespace {

struct Case {
  const char* text;
  const char* local_part;
  const char* domain;
  const char* written;
};

TEST(MailboxAddress, Parses) {
  const Case cases[] = {
      {"alice@example.org", "alice", "example.org", "alice@example.org"},
      {"Alice@EXAMPLE.Org", "Alice", "example.org", "Alice@example.org"},
      {"a.b+c@example.org", "a.b+c", "example.org", "a.b+c@example.org"},
      {"\"alice\"@example.org", "alice", "example.org", "alice@example.org"},
      {"\"a b\"@example.org", "a b", "example.org", "\"a b\"@example.org"},
      {"\"a\\\"\\\\@\"@x", "a\"\\@", "x", "\"a\\\"\\\\@\"@x"},
      {"\"\"@x", "", "x", "\"\"@x"},
      {"\"a..b\"@x", "a..b", "x", "\"a..b\"@x"},
      {"!#$%&'*+-/=?^_`{|}~@x", "!#$%&'*+-/=?^_`{|}~", "x", "!#$%&'*+-/=?^_`{|}~@x"},
      {"postmaster", "postmaster", "", "postmaster"},
      {"PostMaster", "PostMaster", "", "PostMaster"},
      {"a@[192.0.2.1]", "a", "[192.0.2.1]", "a@[192.0.2.1]"},
      {"a@[ipv6:2001:DB8:0::1]", "a", "[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]"},
      {"a@b_c.example", "a", "b_c.example", "a@b_c.example"},
      {"a@B\xC3\x9C"
       "cher.example",
       "a", "xn--bcher-kva.example", "a@xn--bcher-kva.example"},
      {"a@xn--BCHER-kva.example", "a", "xn--bcher-kva.example", "a@xn--bcher-kva.example"},
      {"a@fa\xC3\x9F.de", "a", "xn--fa-hia.de", "a@xn--fa-hia.de"},
      // NFC: "e" and a combining acute accent become one character.
      {"e\xCC\x81@x", "\xC3\xA9", "x", "\xC3\xA9@x"},
  };
  for (const Case& c : cases) {
    const auto address = ParseMailboxAddress(c.text);
    ASSERT_TRUE(address.ok()) << c.text << ": " << address.status();
    EXPECT_EQ(address->local_part, c.local_part) << c.text;
    EXPECT_EQ(address->domain, c.domain) << c.text;
    EXPECT_EQ(address->ToString(), c.written);
    EXPECT_EQ(*ParseMailboxAddress(address->ToString()), *address) << c.text;
  }
}

TEST(MailboxAddress, Refuses) {
  for (const std::string text : {"",
                                 "@",
                                 "a",
                                 "a@",
                                 "@x",
                                 "a@@x",
                                 "a b@x",
                                 "a..b@x",
                                 ".a@x",
                                 "a.@x",
                                 "a@x.",
                                 "a@.x",
                                 "a@x..y",
                                 "a@-x",
                                 "a@x-",
                                 "a@x y",
                                 "a@x\r\n",
                                 "a\r\n@x",
                                 "<a@x>",
                                 "a@x>",
                                 "a,b@x",
                                 "\"a@x",
                                 "\"a\"b@x",
                                 "\"a\r\"@x",
                                 "\"a\\",
                                 "a@[",
                                 "a@[]",
                                 "a@[1.2.3]",
                                 "a@[1.2.3.400]",
                                 "a@[IPv6:1]",
                                 "a@[foo:bar]",
                                 "a@[1.2.3.4",
                                 "a@x!y",
                                 "@relay:a@x",
                                 "a@b:c",
                                 "a\x01@x",
                                 "a\xff@x",
                                 "\xC3@x",
                                 "a@xn--a",
                                 "a@\xE2\x80\x8B",
                                 "(c)a@x",
                                 "a@x/y"}) {
    EXPECT_EQ(ParseMailboxAddress(text).status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
  EXPECT_FALSE(ParseMailboxAddress(absl::string_view("a\0@x", 4)).ok());
  EXPECT_FALSE(ParseMailboxAddress(absl::string_view("a@x\0", 4)).ok());
  EXPECT_FALSE(ParseMailboxAddress(absl::string_view("a@[1.2.3.4\0]", 12)).ok());
}

// RFC 5321 4.5.3.1
TEST(MailboxAddress, LengthLimits) {
  const std::string local64(64, 'a');
  const std::string label(61, 'b');
  const std::string domain = label + "." + label + "." + label;  // 185
  EXPECT_TRUE(ParseMailboxAddress(local64 + "@x").ok());
  EXPECT_EQ(ParseMailboxAddress(local64 + "a@x").status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_TRUE(ParseMailboxAddress(local64 + "@" + domain + ".abc").ok());  // 254
  EXPECT_EQ(ParseMailboxAddress(local64 + "@" + domain + ".abcd").status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_TRUE(NormalizeDomain(std::string(63, 'a')).ok());
  EXPECT_FALSE(NormalizeDomain(std::string(64, 'a')).ok());
  EXPECT_EQ(NormalizeDomain(std::string(300, 'a')).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(MailboxAddress, LookupKeys) {
  EXPECT_EQ(ParseMailboxAddress("Alice@EXAMPLE.org")->LookupKey(), "alice@example.org");
  EXPECT_EQ(ParseMailboxAddress("\"A B\"@x")->LookupKey(), "a b@x");
  EXPECT_EQ(ParseMailboxAddress("\xC3\x84@x")->LookupKey(), "\xC3\xA4@x");
  EXPECT_EQ(ParseMailboxAddress("A\xCC\x88@x")->LookupKey(), "\xC3\xA4@x");
  EXPECT_EQ(ParseMailboxAddress("Postmaster")->LookupKey(), "postmaster");
}

TEST(MailboxAddress, International) {
  EXPECT_TRUE(ParseMailboxAddress("\xC3\xA4@x")->IsInternational());
  EXPECT_FALSE(ParseMailboxAddress("a@\xC3\xA4.example")->IsInternational());
  EXPECT_EQ(DomainToUnicode("xn--bcher-kva.example"),
            "b\xC3\xBC"
            "cher.example");
  EXPECT_EQ(DomainToUnicode("example.org"), "example.org");
  EXPECT_EQ(DomainToUnicode("xn--a"), "xn--a");
}

TEST(MailboxAddress, SubAddresses) {
  EXPECT_EQ(SplitSubAddress("alice+lists+x").user, "alice");
  EXPECT_EQ(SplitSubAddress("alice+lists+x").detail, "lists+x");
  EXPECT_EQ(SplitSubAddress("alice").user, "alice");
  EXPECT_EQ(SplitSubAddress("alice").detail, "");
  EXPECT_EQ(SplitSubAddress("+x").user, "+x");
  EXPECT_EQ(SplitSubAddress("alice-x", '-').detail, "x");
}

}  // namespace
}  // namespace posthorn::mail
