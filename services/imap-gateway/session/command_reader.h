#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "common/net/input_buffer.h"
#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/output.h"

namespace posthorn::imap {

// What a command may cost before it is understood.
struct CommandLimits {
  std::size_t line = 8 * 1024;           // octets of a line, and of all lines of a command
  std::size_t literals = 1000;           // literals of a command
  std::uint64_t literal_octets = 8192;   // octets of all of them, the message of APPEND apart
  std::uint64_t drained_octets = 65536;  // most that is read and thrown away for one command
  bool messages = false;                 // the message of an APPEND is left to be streamed
  std::chrono::seconds timeout{60};      // for a line or a piece of a literal to come
};

// Reads one command from its tag to its last line end, literals included.
class CommandReader {
 public:
  enum class Outcome {
    kCommand,  // the text is complete, without its final CRLF
    kMessage,  // the text ends in the head (with CRLF) of an APPEND's message, which is not read
    kRefused,  // answered already; go on with the next command
    kClosed,   // the client is gone or was told BYE
  };

  CommandReader(net::Stream& stream, net::InputBuffer& input, Output& output)
      : stream_(stream), input_(input), output_(output) {}

  asio::awaitable<Outcome> Read(const CommandLimits& limits, std::string& text);

  // Throws away up to `octets` of input. False if the client went away.
  asio::awaitable<bool> Drain(std::uint64_t octets);
  // Sends a continuation request.
  asio::awaitable<bool> Invite();

 private:
  asio::awaitable<bool> ReadLine(const CommandLimits& limits, std::string& text);
  asio::awaitable<bool> ReadOctets(const CommandLimits& limits, std::uint64_t octets,
                                   std::string& text);
  asio::awaitable<Outcome> Refuse(const CommandLimits& limits, const std::string& text,
                                  Scanner::LiteralHead head, Completion refusal);
  asio::awaitable<void> Bye(std::string code, std::string text);

  net::Stream& stream_;
  net::InputBuffer& input_;
  Output& output_;
};

}  // namespace posthorn::imap
