#include "common/net/address.h"

#include <gtest/gtest.h>

namespace posthorn::net {
namespace {

IpAddress Ip(const char* text) { return boost::asio::ip::make_address(text); }

TEST(Address, SplitsHostAndPort) {
  EXPECT_EQ(*SplitHostPort("mailstore:9090"),
            std::make_pair(std::string("mailstore"), std::string("9090")));
  EXPECT_EQ(*SplitHostPort("[::1]:25"), std::make_pair(std::string("::1"), std::string("25")));
  EXPECT_EQ(SplitHostPort(":25")->first, "");
  EXPECT_FALSE(SplitHostPort("::1:25").ok());
  EXPECT_FALSE(SplitHostPort("host").ok());
  EXPECT_FALSE(SplitHostPort("host:").ok());
}

TEST(Address, ParsesWhereToListen) {
  EXPECT_EQ(ParseListenAddress("127.0.0.1:2525")->port(), 2525);
  EXPECT_TRUE(ParseListenAddress(":2525")->address().is_v6());
  EXPECT_FALSE(ParseListenAddress("localhost:2525").ok());
  EXPECT_FALSE(ParseListenAddress("127.0.0.1:65536").ok());
  EXPECT_FALSE(ParseListenAddress("127.0.0.1:x").ok());
}

TEST(NetworkList, ContainsByPrefix) {
  const auto list = NetworkList::Parse("10.0.0.0/8, 192.168.1.128/25,fd00::/8 127.0.0.1");
  ASSERT_TRUE(list.ok());
  EXPECT_TRUE(list->Contains(Ip("10.255.0.1")));
  EXPECT_FALSE(list->Contains(Ip("11.0.0.1")));
  EXPECT_TRUE(list->Contains(Ip("192.168.1.129")));
  EXPECT_FALSE(list->Contains(Ip("192.168.1.127")));
  EXPECT_TRUE(list->Contains(Ip("fd12::1")));
  EXPECT_FALSE(list->Contains(Ip("fe80::1")));
  EXPECT_TRUE(list->Contains(Ip("127.0.0.1")));
  EXPECT_FALSE(list->Contains(Ip("127.0.0.2")));
}

TEST(NetworkList, AMappedAddressCountsAsIpv4) {
  const auto list = NetworkList::Parse("10.0.0.0/8");
  EXPECT_TRUE(list->Contains(Ip("::ffff:10.1.2.3")));
  EXPECT_FALSE(list->Contains(Ip("::ffff:11.1.2.3")));
}

TEST(NetworkList, RefusesWhatIsNone) {
  EXPECT_FALSE(NetworkList::Parse("10.0.0.0/33").ok());
  EXPECT_FALSE(NetworkList::Parse("mailstore").ok());
  EXPECT_FALSE(NetworkList::Parse("10.0.0.0/x").ok());
  EXPECT_TRUE(NetworkList::Parse("")->empty());
}

}  // namespace
}  // namespace posthorn::net
