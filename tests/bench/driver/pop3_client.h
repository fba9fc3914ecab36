#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <string>

#include "connection.h"

namespace posthorn::bench {

// A POP3 client (RFC 1939) that throws at anything but +OK.
class Pop3Client {
 public:
  explicit Pop3Client(boost::asio::io_context& io) : connection_(io) {}

  // Connects and logs in; returns the number of messages that STAT tells.
  Awaitable<std::uint32_t> Login(std::uint16_t port, std::string user, std::string password);
  // Retrieves messages 1 to `count`, `window` commands ahead of the answers (RFC 2449 6.6).
  // Every message must be `size` octets long, line ends counted, byte-stuffing undone.
  Awaitable<void> RetrieveAll(std::uint32_t count, std::uint32_t window, std::size_t size);
  Awaitable<void> Quit();

 private:
  Awaitable<std::string_view> ExpectOk(std::string_view doing);
  Awaitable<void> ReadMessage(std::size_t size);

  Connection connection_;
};

}  // namespace posthorn::bench
