#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "common/net/input_buffer.h"
#include "imap-gateway/parser/append_parser.h"
#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/output.h"

namespace posthorn::imap {

// What a command may cost before it is understood.
struct CommandLimits {
  std::size_t line = 8 * 1024;           // octets of a line, and of all lines of a command
  std::size_t literals = 1000;           // literals of a command
  std::uint64_t literal_octets = 8192;   // octets of all of them, messages apart
  std::uint64_t drained_octets = 65536;  // most that is read and thrown away for one command
  bool literal_minus = false;            // RFC 7888 5: non-synchronizing ones up to 4,096 octets
  bool messages = false;                 // octets of messages are left to be streamed
  std::chrono::seconds timeout{60};      // for a command to come, but for what its octets may take
  // When a client that has not logged in is done with.
  std::optional<net::SteadyClock::time_point> until;
};

// The slowest client that is waited for sends so many octets of a literal a second.
inline constexpr std::uint64_t kSlowestClient = 1000;

// Reads one command from its tag to its last line end, literals included. What is gathered in the
// output goes out before a wait for the client, so that no answer waits for the rest of a command
// behind it.
class CommandReader {
 public:
  enum class Outcome {
    kCommand,  // the text is complete, without its final CRLF
    kMessage,  // the text ends in the head (with CRLF) of a literal with octets of a message,
               // which are not read
    kRefused,  // answered already; go on with the next command
    kClosed,   // the client is gone or was told BYE
  };

  CommandReader(net::Stream& stream, net::InputBuffer& input, Output& output)
      : stream_(stream), input_(input), output_(output) {}

  asio::awaitable<Outcome> Read(const CommandLimits& limits, std::string& text);
  // Reads on in a command behind octets of a message, likewise. `messages` is where its parser
  // stands. Here kRefused is not answered: `refusal` is how the command ends.
  asio::awaitable<Outcome> ReadOn(const CommandLimits& limits, const AppendParser& messages,
                                  std::string& text, Completion& refusal);
  // After kMessage: the literal that ends the text, for the one who reads its octets. Who asks
  // first has it; nobody may read a command before.
  std::optional<Scanner::LiteralHead> TakeUnread() { return std::exchange(unread_, std::nullopt); }
  // Throws away the rest of a command that is refused: from a literal on whose head was read last,
  // or from behind octets of a message. At most drained_octets, else the client is told BYE. False
  // if the connection is of no more use.
  asio::awaitable<bool> Discard(const CommandLimits& limits,
                                std::optional<Scanner::LiteralHead> head);
  // Sends a continuation request.
  asio::awaitable<bool> Invite();

 private:
  // Waits for more octets.
  asio::awaitable<bool> Fill();
  asio::awaitable<bool> ReadLine(const CommandLimits& limits, std::string& text);
  asio::awaitable<bool> ReadOctets(std::uint64_t octets, std::string& text);
  using RoleOf = absl::FunctionRef<LiteralRole(absl::string_view)>;
  asio::awaitable<Outcome> ReadText(const CommandLimits& limits, RoleOf role_of, std::string& text,
                                    Completion& refusal);
  asio::awaitable<bool> Drain(std::uint64_t octets);
  // A command is to be there within limits.timeout, and octets of a literal have their own time:
  // what trickles in moves no deadline.
  void BeginDeadline(const CommandLimits& limits);
  void AllowFor(std::uint64_t octets);
  void SetDeadline();
  asio::awaitable<void> Bye(std::string code, std::string text);
  // After a read that failed: the client is told, if it is there.
  asio::awaitable<void> ByeAfter(const absl::Status& failure);

  net::Stream& stream_;
  net::InputBuffer& input_;
  Output& output_;
  std::optional<Scanner::LiteralHead> unread_;
  net::SteadyClock::time_point deadline_;
  std::optional<net::SteadyClock::time_point> until_;
};

}  // namespace posthorn::imap
