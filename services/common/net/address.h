// Addresses of peers and listeners, and networks they are checked against.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::net {

using Endpoint = boost::asio::ip::tcp::endpoint;
using IpAddress = boost::asio::ip::address;

// Splits "host:port", "[v6]:port" or ":port"; the host may be a name.
absl::StatusOr<std::pair<std::string, std::string>> SplitHostPort(absl::string_view text);

// "address:port" with a literal IP address, or ":port" for every address of both families.
absl::StatusOr<Endpoint> ParseListenAddress(absl::string_view text);

// An IPv4-mapped IPv6 address as the IPv4 address it stands for; others unchanged.
IpAddress Unmapped(const IpAddress& address);

// A list of networks: "10.0.0.0/8,fd00::/8,127.0.0.1".
class NetworkList {
 public:
  static absl::StatusOr<NetworkList> Parse(absl::string_view text);
  bool Contains(const IpAddress& address) const;
  bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    std::vector<unsigned char> octets;  // 4 or 16
    unsigned prefix;                    // bits
  };
  std::vector<Network> networks_;
};

}  // namespace posthorn::net
