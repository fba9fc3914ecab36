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

// What a literal is whose head ends `text` (head and CRLF included), a command from its tag on.
enum class LiteralRole {
  kText,     // a part of the command, to be read with it
  kMessage,  // the message of an APPEND, to be streamed
  kInvalid,  // a part of an APPEND that is wrong already: not worth its octets
};
LiteralRole RoleOfLiteral(absl::string_view text);

}  // namespace posthorn::imap
