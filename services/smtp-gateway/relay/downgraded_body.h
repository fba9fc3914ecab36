// A message of 8 bits on its way to a server that takes 7 (RFC 6152 3).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "absl/status/statusor.h"
#include "smtp-gateway/relay/work_source.h"

namespace posthorn::relay {

// Reads the message once to see what must change; what is returned reads it again. FAILED_
// PRECONDITION, here or from Next(), if it cannot be sent in 7 bits; else the errors of
// WorkSource::Open.
asio::awaitable<absl::StatusOr<std::unique_ptr<client::Body>>> Downgrade(
    WorkSource& source, asio::any_io_executor executor, uint64_t message_id);

}  // namespace posthorn::relay
