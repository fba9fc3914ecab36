#pragma once

#include <chrono>
#include <cstdint>

namespace posthorn::imap {

// What the operator may choose for all sessions.
struct Settings {
  // RFC 7888: offer LITERAL-, non-synchronizing literals of at most 4,096 octets, not LITERAL+.
  bool literal_minus = false;
  // RFC 9738, MESSAGELIMIT: most messages that one command works at.
  std::uint32_t message_limit = 1000000;
  // RFC 9738, SAVELIMIT: most messages of one COPY, MOVE or APPEND, which the store writes as
  // one.
  std::uint32_t save_limit = 100000;
  // What a client has for its login, whatever it sends meanwhile.
  std::chrono::seconds login_deadline{180};
  // What a client has for a command after it, and more for literals at the slowest rate.
  std::chrono::seconds command_deadline{300};
  // How long the store may work at a command before the client is told that it is being worked at
  // (RFC 9585), and how long again.
  std::chrono::milliseconds progress{10000};
};

}  // namespace posthorn::imap
