#include "imap-gateway/parser/append_arguments.h"

namespace posthorn::imap {
namespace {

// The message that REPLACE names (RFC 8508 5: seq-number, or a UID).
std::uint32_t ParseNumber(Scanner& scanner) {
  return scanner.TrySkip('*') ? 0 : scanner.NzNumber();
}

// The name of a command that brings messages, its UID form's number included.
bool SkipName(Scanner& scanner) {
  scanner.Tag();
  scanner.Space();
  if (scanner.TrySkipWord("APPEND")) {
    scanner.Space();
    return scanner.ok();
  }
  if (scanner.TrySkipWord("UID")) {
    scanner.Space();
  }
  if (!scanner.TrySkipWord("REPLACE")) {
    return false;
  }
  scanner.Space();
  ParseNumber(scanner);
  scanner.Space();
  return scanner.ok();
}

}  // namespace

AppendArguments ParseAppend(Scanner& scanner) {
  AppendArguments arguments;
  arguments.mailbox = scanner.Astring();
  arguments.messages = std::string(scanner.TakeRest());
  return arguments;
}

ReplaceArguments ParseReplace(Scanner& scanner) {
  ReplaceArguments arguments;
  arguments.number = ParseNumber(scanner);
  scanner.Space();
  arguments.mailbox = scanner.Astring();
  arguments.messages = std::string(scanner.TakeRest());
  return arguments;
}

LiteralRole RoleOfLiteral(absl::string_view text) {
  Scanner scanner(WithoutTrailingHead(text));
  if (!SkipName(scanner) || scanner.AtEnd()) {
    return LiteralRole::kText;
  }
  scanner.Astring();
  const absl::string_view messages = scanner.TakeRest();
  // RFC 8508 4.7: REPLACE takes one message; its handler sees to that.
  return scanner.ok() ? AppendParser().RoleOfNext(messages) : LiteralRole::kInvalid;
}

}  // namespace posthorn::imap
