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

bool IsMessageLiteral(absl::string_view text) {
  Scanner scanner(text);
  scanner.Tag();
  scanner.Space();
  if (!scanner.TrySkipWord("APPEND")) {
    return false;
  }
  scanner.Space();
  ParseAppend(scanner);
  return scanner.ok() && scanner.AtEnd();
}

}  // namespace posthorn::imap
