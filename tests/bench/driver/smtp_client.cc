#include "smtp_client.h"

namespace posthorn::bench {

Awaitable<void> SmtpClient::ExpectReply(std::string_view doing, std::string_view code) {
  for (;;) {
    const std::string_view line = co_await connection_.Line();
    if (line.size() < 4 || !line.starts_with(code)) {
      throw UnexpectedReply(doing, line);
    }
    if (line[3] == ' ') {
      co_return;
    }
  }
}

Awaitable<void> SmtpClient::Open(std::uint16_t port) {
  co_await connection_.Connect(port);
  co_await ExpectReply("SMTP greeting", "220");
  co_await connection_.Send("EHLO sender.example\r\n");
  co_await ExpectReply("EHLO", "250");
}

Awaitable<DeliveryTimes> SmtpClient::Deliver(std::string_view recipient, std::string_view message) {
  DeliveryTimes times;
  out_ = "MAIL FROM:<sender@sender.example>\r\nRCPT TO:<";
  out_ += recipient;
  out_ += ">\r\nDATA\r\n";
  times.data = std::chrono::steady_clock::now();
  co_await connection_.Send(out_);
  co_await ExpectReply("MAIL", "250");
  co_await ExpectReply("RCPT", "250");
  co_await ExpectReply("DATA", "354");
  out_ = message;
  out_ += ".\r\n";
  times.dot = std::chrono::steady_clock::now();
  co_await connection_.Send(out_);
  co_await ExpectReply("end of DATA", "250");
  times.accepted = std::chrono::steady_clock::now();
  co_return times;
}

Awaitable<void> SmtpClient::Quit() {
  co_await connection_.Send("QUIT\r\n");
  co_await ExpectReply("QUIT", "221");
  co_await connection_.ExpectClose();
}

}  // namespace posthorn::bench
