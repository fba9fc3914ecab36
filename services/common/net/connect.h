// Connections to servers.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "absl/status/statusor.h"
#include "common/net/stream.h"

namespace posthorn::net {

// Connects on the executor of the caller, to which the stream belongs. UNAVAILABLE with the
// system's reason, or DEADLINE_EXCEEDED.
asio::awaitable<absl::StatusOr<std::unique_ptr<Stream>>> Connect(Endpoint server,
                                                                 std::chrono::milliseconds timeout);

}  // namespace posthorn::net
