#include "smtp-gateway/dns/records.h"

#include <gtest/gtest.h>

namespace posthorn::dns {
namespace {

template <size_t N>
absl::string_view Octets(const char (&text)[N]) {
  return {text, N - 1};
}

TEST(Records, Mx) {
  const auto mx = ParseMx(Octets("\1\2\2MX\7Example\0"));
  ASSERT_TRUE(mx.ok());
  EXPECT_EQ(mx->preference, 258);
  EXPECT_EQ(mx->exchange, "mx.example");
  EXPECT_EQ(ParseMx(Octets("\0\0\0"))->exchange, "");
  for (const absl::string_view bad :
       {Octets(""), Octets("\0"), Octets("\0\1"), Octets("\0\1\2mx"), Octets("\0\1\5mx\0"),
        Octets("\0\1\1a\0x"), Octets("\0\1\1\n\0"), Octets("\0\1\300\14")}) {
    EXPECT_FALSE(ParseMx(bad).ok()) << bad.size();
  }
  EXPECT_FALSE(ParseMx("\0\1" + std::string(300, '\1')).ok());
}

TEST(Records, Addresses) {
  EXPECT_EQ(ParseAddress(Octets("\300\0\2\1"))->to_string(), "192.0.2.1");
  EXPECT_EQ(ParseAddress(Octets("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"))->to_string(),
            "2001:db8::1");
  EXPECT_FALSE(ParseAddress(Octets("\300\0\2")).ok());
  EXPECT_FALSE(ParseAddress("").ok());
}

TEST(Records, Tlsa) {
  const auto tlsa = ParseTlsa(Octets("\3\1\1x"));
  ASSERT_TRUE(tlsa.ok());
  EXPECT_EQ(*tlsa, (net::Tlsa{3, 1, 1, "x"}));
  EXPECT_FALSE(net::IsUsable(*tlsa));
  EXPECT_TRUE(net::IsUsable({3, 1, 1, std::string(32, 'x')}));
  EXPECT_FALSE(net::IsUsable({1, 1, 1, std::string(32, 'x')}));
  for (const absl::string_view bad : {Octets(""), Octets("\3"), Octets("\3\1"), Octets("\3\1\1")}) {
    EXPECT_FALSE(ParseTlsa(bad).ok());
  }
}

TEST(Records, Text) {
  EXPECT_EQ(*ParseText(Octets("\3abc\2de")), "abcde");
  EXPECT_EQ(*ParseText(Octets("\0")), "");
  EXPECT_FALSE(ParseText(Octets("\3ab")).ok());
}

}  // namespace
}  // namespace posthorn::dns
