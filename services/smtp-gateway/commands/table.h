// The commands: a row each, in a file each. State checks, EHLO, HELP and metrics derive from the
// rows; an extension is a file and a row here, or a row in parameters.h.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace posthorn::smtp {

namespace asio = boost::asio;
class Session;

// What must hold before a command runs; the session answers for the command if it does not.
enum Need : uint32_t {
  kNeedHello = 1 << 0,          // after EHLO or HELO
  kNeedNoTransaction = 1 << 1,  // not between MAIL and the end of the data
  kNeedTransaction = 1 << 2,    // after MAIL
  kNeedRecipient = 1 << 3,      // after a RCPT that was accepted
  kNeedLogin = 1 << 4,          // on submission ports: after AUTH
  kNeedNoChunks = 1 << 5,       // not after BDAT (RFC 3030 2)
  kNeedLastInGroup = 1 << 6,    // the client must wait for the reply (RFC 2920 3.1)
  kNoArguments = 1 << 7,
  kOnlyLmtp = 1 << 8,  // not known on other ports
  kNotLmtp = 1 << 9,
};

// The EHLO line of an extension; nothing is offered when it returns an empty string.
using EhloKeyword = std::string (*)(const Session& session);

struct CommandRow {
  std::string_view verb;
  uint32_t needs;  // Need bits
  asio::awaitable<void> (*run)(Session& session, std::string_view arguments);
  EhloKeyword keyword;  // null: none
  std::string_view syntax;
  std::string_view rfc;
};

std::span<const CommandRow> Commands();

// The index of a verb in any case, or Commands().size().
size_t FindCommand(std::string_view verb);

}  // namespace posthorn::smtp
