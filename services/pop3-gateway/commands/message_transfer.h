// The multi-line response of RETR and TOP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>

namespace posthorn::pop3 {

class Session;

// Sends a message, or with `lines` its header and so many lines of its body. At most about 300 KiB
// of it are in memory, read ahead apart.
boost::asio::awaitable<void> TransferMessage(Session& session, uint32_t message,
                                             std::optional<uint32_t> lines);

}  // namespace posthorn::pop3
