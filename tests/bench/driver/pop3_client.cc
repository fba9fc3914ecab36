#include "pop3_client.h"

#include <algorithm>
#include <charconv>

namespace posthorn::bench {

Awaitable<std::string_view> Pop3Client::ExpectOk(std::string_view doing) {
  const std::string_view line = co_await connection_.Line();
  if (!line.starts_with("+OK")) {
    throw UnexpectedReply(doing, line);
  }
  co_return line;
}

Awaitable<std::uint32_t> Pop3Client::Login(std::uint16_t port, std::string user,
                                           std::string password) {
  co_await connection_.Connect(port);
  co_await ExpectOk("POP3 greeting");
  const std::string user_line = "USER " + user + "\r\n";
  co_await connection_.Send(user_line);
  co_await ExpectOk("USER");
  const std::string pass_line = "PASS " + password + "\r\n";
  co_await connection_.Send(pass_line);
  co_await ExpectOk("PASS");
  co_await connection_.Send("STAT\r\n");
  const std::string_view stat = co_await ExpectOk("STAT");
  std::uint32_t count = 0;
  if (std::from_chars(stat.data() + std::min<std::size_t>(4, stat.size()),
                      stat.data() + stat.size(), count)
          .ec != std::errc()) {
    throw UnexpectedReply("STAT", stat);
  }
  co_return count;
}

Awaitable<void> Pop3Client::RetrieveAll(std::uint32_t count, std::uint32_t window,
                                        std::size_t size) {
  std::uint32_t asked = 0;
  for (std::uint32_t got = 0; got < count; ++got) {
    // Refill when half of the window is used up, so that neither side runs dry.
    if (asked < count && asked - got <= window / 2) {
      std::string commands;
      for (; asked < count && asked - got < window; ++asked) {
        commands += "RETR " + std::to_string(asked + 1) + "\r\n";
      }
      co_await connection_.Send(commands);
    }
    co_await ReadMessage(size);
  }
}

Awaitable<void> Pop3Client::ReadMessage(std::size_t size) {
  co_await ExpectOk("RETR");
  std::size_t octets = 0;
  for (;;) {
    std::string_view line;
    while (!connection_.TryLine(line)) {
      co_await connection_.Fill();
    }
    if (line.starts_with('.')) {
      line.remove_prefix(1);
      if (line.empty()) {
        break;
      }
    }
    octets += line.size() + 2;
  }
  if (octets != size) {
    throw UnexpectedReply("RETR of " + std::to_string(size), std::to_string(octets) + " octets");
  }
}

Awaitable<void> Pop3Client::Quit() {
  co_await connection_.Send("QUIT\r\n");
  co_await ExpectOk("QUIT");
  co_await connection_.ExpectClose();
}

}  // namespace posthorn::bench
