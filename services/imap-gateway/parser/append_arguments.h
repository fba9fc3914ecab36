#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "imap-gateway/parser/date_time.h"
#include "imap-gateway/parser/flags.h"
#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// RFC 3501 6.3.11, up to the head of the message literal; its octets are not part of the text.
struct AppendArguments {
  std::string mailbox;
  Flags flags;
  std::optional<DateTime> internal_date;
  Scanner::LiteralHead message;
};

AppendArguments ParseAppend(Scanner& scanner);

// What a command reader does with a literal whose head ends `text` (head and CRLF included), a
// command from its tag on: true if it is the message of an APPEND, whose octets are to be
// streamed; false if it belongs to the command's text.
bool IsMessageLiteral(absl::string_view text);

}  // namespace posthorn::imap
