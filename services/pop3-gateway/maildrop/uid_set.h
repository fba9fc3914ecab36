// UIDs as the contract carries them (common.proto).
#pragma once

#include <cstdint>
#include <vector>

#include "posthorn/v1/common.pb.h"

namespace posthorn::pop3 {

// `uids` ascending, without repeats.
v1::UidSet MakeUidSet(const std::vector<uint32_t>& uids);

}  // namespace posthorn::pop3
