// The admin port of every service, plain HTTP for the inside of the cluster:
//   /healthz/live   200 as long as the event loop turns
//   /healthz/ready  200 when new clients are welcome, else 503 with the reason
//   /metrics        Prometheus text
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "common/runtime/runtime.h"

namespace posthorn::admin {

// OK when the service is ready; the message is shown otherwise. Runs on the runtime's context 0 and
// must not block. A draining runtime is not ready without being asked.
using Readiness = std::function<absl::Status()>;

// Listens on `listen` (host:port) until the process ends.
absl::Status Serve(runtime::Runtime& runtime, const std::string& listen, Readiness readiness);

}  // namespace posthorn::admin
