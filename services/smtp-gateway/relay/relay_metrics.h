// Counters of the sending side; labels are bounded.
#pragma once

#include <string>

#include "posthorn/v1/outbound.pb.h"

namespace posthorn::relay::metrics {

// One recipient's attempt.
void CountAttempt(v1::AttemptResult::Outcome outcome);
// "connected", "unreachable", "refused" (greeting or EHLO), "tls_failed", "auth_failed".
void CountConnection(const std::string& result);
// "none", "opportunistic", "verified", "dane".
void CountTls(const std::string& kind);
// Messages that were not ended since their lease was lost.
void CountLostLease();
void CountMessages(double messages);
// Connections that are open.
void AddOpenConnections(int change);

}  // namespace posthorn::relay::metrics
