// Which addresses are of the public network.
#pragma once

#include "common/net/address.h"

namespace posthorn::net {

// Not private, reserved, for documentation, or this machine (RFC 6890).
bool IsPublic(const IpAddress& address);

}  // namespace posthorn::net
