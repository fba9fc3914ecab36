#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "connection.h"

namespace posthorn::bench {

// When the steps of one delivery happened.
struct DeliveryTimes {
  std::chrono::steady_clock::time_point data;      // DATA was sent
  std::chrono::steady_clock::time_point dot;       // the final dot was about to be sent
  std::chrono::steady_clock::time_point accepted;  // its 250 was read
};

// A sending SMTP client as MTAs are: it keeps its connection, and sends MAIL, RCPT and DATA in
// one piece (RFC 2920). Anything but the expected code ends the workload.
class SmtpClient {
 public:
  explicit SmtpClient(boost::asio::io_context& io) : connection_(io) {}

  Awaitable<void> Open(std::uint16_t port);
  // AUTH PLAIN; what is delivered from then on has the user's name as its reverse-path.
  Awaitable<void> LogIn(std::string_view user, std::string_view password);
  // `message` must end in CRLF and hold no line that begins with a dot.
  Awaitable<DeliveryTimes> Deliver(std::string_view recipient, std::string_view message);
  Awaitable<void> Quit();

 private:
  Awaitable<void> ExpectReply(std::string_view doing, std::string_view code);

  Connection connection_;
  std::string sender_ = "sender@sender.example";
  std::string out_;
};

}  // namespace posthorn::bench
