// `clients` SMTP connections that have said EHLO, in clear or after STARTTLS, and idle. Prints
// READY once all of them do, waits for a line on stdin while its caller measures memory, and then
// says NOOP over each, to see that the server still had it.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <vector>

#include "crew.h"
#include "idle.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

using boost::asio::use_awaitable;
using boost::asio::ip::tcp;
using boost::asio::ssl::stream_base;

struct Idler {
  Idler(boost::asio::io_context& io, boost::asio::ssl::context& tls) : stream(io, tls) {}

  boost::asio::ssl::stream<tcp::socket> stream;
  std::string input;
};

template <typename Stream>
Awaitable<void> ExpectReply(Stream& stream, std::string& input, std::string_view code) {
  std::string line;
  do {
    const std::size_t size = co_await boost::asio::async_read_until(
        stream, boost::asio::dynamic_buffer(input), '\n', use_awaitable);
    line = input.substr(0, size);
    input.erase(0, size);
    if (line.size() < 4 || !line.starts_with(code)) {
      throw UnexpectedReply("an idle connection", line);
    }
  } while (line[3] == '-');
}

template <typename Stream>
Awaitable<void> Say(Stream& stream, std::string& input, std::string_view command,
                    std::string_view code) {
  co_await boost::asio::async_write(stream, boost::asio::buffer(command), use_awaitable);
  co_await ExpectReply(stream, input, code);
}

Awaitable<void> Open(const Options& options, bool tls, Idler& idler) {
  const tcp::endpoint server(boost::asio::ip::address_v4::loopback(), options.smtp_port);
  tcp::socket& socket = idler.stream.next_layer();
  co_await socket.async_connect(server, use_awaitable);
  co_await ExpectReply(socket, idler.input, "220");
  co_await Say(socket, idler.input, "EHLO sender.example\r\n", "250");
  if (tls) {
    co_await Say(socket, idler.input, "STARTTLS\r\n", "220");
    co_await idler.stream.async_handshake(stream_base::client, use_awaitable);
    co_await Say(idler.stream, idler.input, "EHLO sender.example\r\n", "250");
  }
}

template <typename Stream>
Awaitable<void> Close(Stream& stream, std::string& input) {
  co_await Say(stream, input, "NOOP\r\n", "250");
  co_await Say(stream, input, "QUIT\r\n", "221");
}

Figures Run(const Options& options, bool tls) {
  boost::asio::ssl::context context(boost::asio::ssl::context::tls_client);
  Crew crew{std::chrono::seconds(options.deadline_s)};
  std::vector<std::unique_ptr<Idler>> idlers;
  for (int i = 0; i < options.clients; ++i) {
    idlers.push_back(std::make_unique<Idler>(crew.io(), context));
  }
  return HoldIdle(
      crew, options, [&](std::size_t number) { return Open(options, tls, *idlers[number]); },
      [&](std::size_t number) {
        Idler& idler = *idlers[number];
        return tls ? Close(idler.stream, idler.input)
                   : Close(idler.stream.next_layer(), idler.input);
      });
}

}  // namespace

Figures RunSmtpIdle(const Options& options) { return Run(options, false); }

Figures RunSmtpIdleTls(const Options& options) { return Run(options, true); }

}  // namespace posthorn::bench
