#pragma once

#include "imap-gateway/parser/sequence_set.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::imap {

// Between runs as this gateway holds them and as the contract sends them.
v1::UidSet ToProto(const NumberRanges& uids);
// What is malformed (overflow, an odd end) is cut off where it begins.
NumberRanges FromProto(const v1::UidSet& uids);

}  // namespace posthorn::imap
