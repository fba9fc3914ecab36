#include "common/net/public_address.h"

namespace posthorn::net {
namespace {

constexpr char kNotPublic[] =
    "0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.0.0.0/24,"
    "192.0.2.0/24,192.168.0.0/16,198.18.0.0/15,198.51.100.0/24,203.0.113.0/24,224.0.0.0/3,"
    "::/8,64:ff9b::/16,100::/64,2001:db8::/32,2002::/16,fc00::/7,fe80::/9,ff00::/8";

}  // namespace

bool IsPublic(const IpAddress& address) {
  static const NetworkList kNetworks = *NetworkList::Parse(kNotPublic);
  return !kNetworks.Contains(address);
}

}  // namespace posthorn::net
