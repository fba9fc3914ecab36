#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "imap-gateway/parser/append_parser.h"
#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// RFC 3501 6.3.11: the mailbox; `messages` is what follows it, up to the head of the first literal
// that holds octets of a message, for AppendParser.
struct AppendArguments {
  std::string mailbox;
  std::string messages;
};
AppendArguments ParseAppend(Scanner& scanner);

// RFC 8508 5: the message that is replaced, then as APPEND.
struct ReplaceArguments {
  std::uint32_t number = 0;  // 0: "*", the last one
  std::string mailbox;
  std::string messages;
};
ReplaceArguments ParseReplace(Scanner& scanner);

// What a literal is whose head ends `text` (head and CRLF included), a command from its tag on.
LiteralRole RoleOfLiteral(absl::string_view text);

}  // namespace posthorn::imap
