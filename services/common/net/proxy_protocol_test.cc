#include "common/net/proxy_protocol.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::net {
namespace {

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string Header(char command, char family, const std::string& rest) {
  std::string header = kSignature + command + family;
  header += static_cast<char>(rest.size() >> 8);
  header += static_cast<char>(rest.size() & 0xFF);
  return header + rest;
}

TEST(ProxyProtocol, GivesTheAddressesOfAnIpv4Client) {
  const std::string rest("\xC0\x00\x02\x01\xC6\x33\x64\x02\x30\x39\x00\x19", 12);
  const auto header = ParseProxyHeader(Header('\x21', '\x11', rest));
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->source->address().to_string(), "192.0.2.1");
  EXPECT_EQ(header->source->port(), 12345);
  EXPECT_EQ(header->destination->address().to_string(), "198.51.100.2");
  EXPECT_EQ(header->destination->port(), 25);
  EXPECT_EQ(header->size, 28u);
}

TEST(ProxyProtocol, GivesTheAddressesOfAnIpv6Client) {
  std::string rest(36, '\0');
  rest[0] = '\x20';
  rest[1] = '\x01';
  rest[15] = '\x07';
  rest[33] = '\x09';
  const auto header = ParseProxyHeader(Header('\x21', '\x21', rest));
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->source->address().to_string(), "2001::7");
  EXPECT_EQ(header->source->port(), 9);
}

TEST(ProxyProtocol, LocalHasNoAddress) {
  const auto header = ParseProxyHeader(Header('\x20', '\x00', ""));
  ASSERT_TRUE(header.ok());
  EXPECT_FALSE(header->source.has_value());
}

TEST(ProxyProtocol, SkipsAdditionalFields) {
  const std::string rest =
      std::string("\xC0\x00\x02\x01\xC6\x33\x64\x02\x30\x39\x00\x19", 12) + "TLVs";
  const auto header = ParseProxyHeader(Header('\x21', '\x11', rest));
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->size, 32u);
}

TEST(ProxyProtocol, RefusesWhatIsNone) {
  EXPECT_FALSE(ParseProxyHeader("EHLO example.org\r\n").ok());
  EXPECT_FALSE(ParseProxyHeader("").ok());
  EXPECT_FALSE(ParseProxyHeader(kSignature).ok());
  EXPECT_FALSE(ParseProxyHeader(Header('\x11', '\x11', std::string(12, 'x'))).ok()) << "version 1";
  EXPECT_FALSE(ParseProxyHeader(Header('\x22', '\x11', std::string(12, 'x'))).ok()) << "command 2";
  EXPECT_FALSE(ParseProxyHeader(Header('\x21', '\x11', std::string(2000, 'x'))).ok()) << "too long";
  EXPECT_FALSE(ParseProxyHeader(Header('\x21', '\x11', std::string(12, 'x')).substr(0, 20)).ok());
}

TEST(ProxyProtocol, AnAddressBlockTooShortForItsFamilyGivesNoAddress) {
  const auto header = ParseProxyHeader(Header('\x21', '\x21', std::string(12, 'x')));
  ASSERT_TRUE(header.ok());
  EXPECT_FALSE(header->source.has_value());
}

}  // namespace
}  // namespace posthorn::net
