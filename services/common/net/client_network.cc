#include "common/net/client_network.h"

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace posthorn::net {

namespace ip = boost::asio::ip;

std::string ClientNetwork(const IpAddress& address, unsigned v4_bits, unsigned v6_bits) {
  const IpAddress plain = Unmapped(address);
  if (plain.is_v4()) {
    const ip::network_v4 network(plain.to_v4(), static_cast<unsigned short>(v4_bits));
    return v4_bits == 32 ? plain.to_string() : network.canonical().to_string();
  }
  // Without its scope.
  const ip::address_v6 bare(plain.to_v6().to_bytes());
  const ip::network_v6 network(bare, static_cast<unsigned short>(v6_bits));
  return v6_bits == 128 ? bare.to_string() : network.canonical().to_string();
}

}  // namespace posthorn::net
