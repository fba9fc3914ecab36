#include "common/net/client_network.h"

#include <gtest/gtest.h>

namespace posthorn::net {
namespace {

TEST(ClientNetworkTest, NamesTheFirstBits) {
  const auto network = [](const char* address, unsigned v4_bits) {
    return ClientNetwork(boost::asio::ip::make_address(address), v4_bits, 64);
  };
  EXPECT_EQ(network("192.0.2.77", 24), "192.0.2.0/24");
  EXPECT_EQ(network("192.0.2.77", 32), "192.0.2.77");
  EXPECT_EQ(network("::ffff:192.0.2.77", 24), "192.0.2.0/24");
  EXPECT_EQ(network("2001:db8:1:2:3:4:5:6", 24), "2001:db8:1:2::/64");
  EXPECT_EQ(network("fe80::1%1", 24), "fe80::/64");
}

}  // namespace
}  // namespace posthorn::net
