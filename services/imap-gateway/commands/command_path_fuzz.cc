// What a logged-in client sends, as a session takes it: lines and literals to commands, tag, name,
// and the arguments by the table's row.
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <string>

#include "imap-gateway/commands/command_table.h"
#include "imap-gateway/commands/dispatch.h"
#include "imap-gateway/session/command_reader.h"

namespace posthorn::imap {
namespace {

using Socket = asio::ip::tcp::socket;

void ParseCommand(absl::string_view text) {
  Scanner scanner(text);
  (void)scanner.Tag();
  scanner.Space();
  const std::string name = ReadCommandName(scanner);
  if (const CommandRow* row = scanner.ok() ? FindCommand(name) : nullptr; row != nullptr) {
    row->action.parse(scanner);
  }
}

asio::awaitable<void> ReadCommands(asio::io_context& io, net::Stream& stream) {
  net::InputBuffer input(stream);
  Output output(stream);
  CommandReader reader(stream, input, output);
  const CommandLimits limits{.line = 4096,
                             .literals = 10,
                             .literal_octets = 2048,
                             .drained_octets = 4096,
                             .literal_minus = false,
                             .messages = true};
  using Outcome = CommandReader::Outcome;
  Outcome outcome = Outcome::kCommand;
  while (outcome != Outcome::kClosed) {
    std::string text;
    outcome = co_await reader.Read(limits, text);
    if (outcome == Outcome::kCommand || outcome == Outcome::kMessage) {
      ParseCommand(text);
    }
    if (const auto unread = reader.TakeUnread()) {
      const bool usable = co_await reader.Discard(limits, unread);
      if (!usable) {
        break;
      }
    }
  }
  io.stop();
}

asio::awaitable<void> Send(Socket& client, absl::string_view octets) {
  boost::system::error_code error;
  co_await asio::async_write(client, asio::buffer(octets.data(), octets.size()),
                             asio::redirect_error(asio::use_awaitable, error));
  client.shutdown(Socket::shutdown_send, error);
}

asio::awaitable<void> TakeAnswers(Socket& client) {
  boost::system::error_code error;
  char buffer[4096];
  while (!error) {
    co_await client.async_read_some(asio::buffer(buffer),
                                    asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace
}  // namespace posthorn::imap

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::imap;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
    return 0;
  }
  asio::io_context io;
  Socket server(io, asio::ip::tcp::v4(), ends[0]);
  Socket client(io, asio::ip::tcp::v4(), ends[1]);
  posthorn::net::Stream stream(std::move(server), {}, {});
  const absl::string_view octets(reinterpret_cast<const char*>(data), size);
  asio::co_spawn(io, Send(client, octets), asio::detached);
  asio::co_spawn(io, TakeAnswers(client), asio::detached);
  asio::co_spawn(io, ReadCommands(io, stream), asio::detached);
  io.run();
  return 0;
}
