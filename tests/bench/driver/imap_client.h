#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "connection.h"
#include "imap_response.h"

namespace posthorn::bench {

// An IMAP client that throws at anything but the tagged OK it waits for. One command at a time,
// unless the caller pipelines with NextTag, connection().Send and Finish in the same order.
class ImapClient {
 public:
  explicit ImapClient(boost::asio::io_context& io) : connection_(io) {}

  // Connects, reads the greeting and logs in.
  Awaitable<void> Login(std::uint16_t port, std::string user, std::string password);
  // Returns the number of messages.
  Awaitable<std::uint32_t> Select(std::string mailbox);
  Awaitable<std::uint32_t> StatusMessages(std::string mailbox);
  Awaitable<bool> HasCapability(std::string name);
  Awaitable<void> Command(std::string text, ResponseHandler* handler = nullptr);
  Awaitable<void> Logout();

  // RFC 2177: StartIdle returns when the server has sent its continuation.
  Awaitable<void> StartIdle();
  Awaitable<void> EndIdle();

  std::string NextTag() { return "a" + std::to_string(++tags_); }
  // Reads up to the tagged answer, which must be OK.
  Awaitable<void> Finish(std::string tag, ResponseHandler* handler);
  Connection& connection() { return connection_; }

 private:
  Connection connection_;
  std::uint32_t tags_ = 0;
  std::string idle_tag_;
};

}  // namespace posthorn::bench
