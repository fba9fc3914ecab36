// What of a message for the queue is refused before anything is stored. Pure.
#pragma once

#include "absl/status/status.h"
#include "posthorn/v1/delivery.pb.h"

namespace posthorn::store {

// InvalidArgument with what is wrong; the limits are those of outbound.proto and RFC 5321, 3461,
// 6710, 4865. A message that is held must not name accounts: its local recipients are addresses.
absl::Status CheckOutgoing(const v1::DeliverStart& start);

}  // namespace posthorn::store
