// What all sessions of this gateway share. Immutable once the listeners run.
#pragma once

#include <chrono>

#include "common/gateway/gateway.h"
#include "pop3-gateway/session/metrics.h"

namespace posthorn::pop3 {

struct Context {
  gateway::Gateway& gateway;
  Metrics& metrics;
  // A client must have logged in by then, whatever it sends.
  std::chrono::seconds login_deadline{180};
  // RFC 1939 3: at least ten minutes.
  std::chrono::seconds autologout{600};
};

}  // namespace posthorn::pop3
