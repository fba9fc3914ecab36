// A mail transaction (RFC 5321 3.3): the envelope between MAIL and the end of the data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "smtp-gateway/parser/line_checker.h"
#include "smtp-gateway/session/message_receiver.h"

namespace posthorn::smtp {

struct Recipient {
  std::string forward_path;  // as the client wrote it
  std::vector<uint64_t> account_ids;
};

struct Transaction {
  bool started = false;          // MAIL was accepted
  std::string reverse_path;      // empty for the null path
  uint64_t declared_octets = 0;  // SIZE (RFC 1870), 0 if not given
  bool smtputf8 = false;         // RFC 6531 3.4
  std::vector<Recipient> recipients;
  size_t accounts = 0;  // behind all recipients together
  // Set from the first BDAT on: MAIL, RCPT and DATA are errors then (RFC 3030 2).
  std::unique_ptr<MessageReceiver> chunks;
  std::optional<LineChecker> chunk_lines;

  void Reset() { *this = Transaction(); }
};

}  // namespace posthorn::smtp
