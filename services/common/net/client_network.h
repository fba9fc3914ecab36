// By which network a client is counted: one IPv4 address is one machine, one IPv6 address nothing.
#pragma once

#include <string>

#include "common/net/address.h"

namespace posthorn::net {

// The network of the first bits of the address, by family: "192.0.2.0/24", "2001:db8::/64"; without
// the length when it is the whole address.
std::string ClientNetwork(const IpAddress& address, unsigned v4_bits, unsigned v6_bits);

}  // namespace posthorn::net
