#include "imap-gateway/parser/append_arguments.h"

namespace posthorn::imap {

AppendArguments ParseAppend(Scanner& scanner) {
  AppendArguments arguments;
  arguments.mailbox = scanner.Astring();
  scanner.Space();
  if (scanner.Peek() == '(') {
    arguments.flags = ParseFlagList(scanner);
    scanner.Space();
  }
  if (scanner.Peek() == '"') {
    arguments.internal_date = ParseDateTime(scanner);
    scanner.Space();
  }
  arguments.message = scanner.Literal();
  if (arguments.message.binary) {
    scanner.Fail("Binary literals are not supported");
  }
  return arguments;
}

LiteralRole RoleOfLiteral(absl::string_view text) {
  Scanner scanner(text);
  scanner.Tag();
  scanner.Space();
  if (!scanner.TrySkipWord("APPEND")) {
    return LiteralRole::kText;
  }
  scanner.Space();
  Scanner mailbox(scanner.rest());
  if (mailbox.Peek() == '{') {
    mailbox.Literal();
    if (mailbox.ok() && mailbox.AtEnd()) {
      return LiteralRole::kText;
    }
  }
  ParseAppend(scanner);
  return scanner.ok() && scanner.AtEnd() ? LiteralRole::kMessage : LiteralRole::kInvalid;
}

}  // namespace posthorn::imap
