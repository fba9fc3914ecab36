#include "smtp_client.h"

namespace posthorn::bench {
namespace {

std::string Base64(std::string_view octets) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8 | (j < octets.size() ? static_cast<unsigned char>(octets[j]) : 0);
    }
    for (int shift = 18; shift >= 0; shift -= 6) {
      text += kDigits[group >> shift & 63];
    }
  }
  const std::size_t padding = (3 - octets.size() % 3) % 3;
  text.replace(text.size() - padding, padding, padding, '=');
  return text;
}

}  // namespace

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

Awaitable<void> SmtpClient::LogIn(std::string_view user, std::string_view password) {
  std::string plain(1, '\0');
  plain.append(user).append(1, '\0').append(password);
  co_await connection_.Send("AUTH PLAIN " + Base64(plain) + "\r\n");
  co_await ExpectReply("AUTH", "235");
  sender_ = user;
}

Awaitable<DeliveryTimes> SmtpClient::Deliver(std::string_view recipient, std::string_view message) {
  DeliveryTimes times;
  out_ = "MAIL FROM:<" + sender_ + ">\r\nRCPT TO:<";
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
