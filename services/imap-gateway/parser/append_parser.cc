#include "imap-gateway/parser/append_parser.h"

#include <algorithm>

#include "absl/strings/strip.h"

namespace posthorn::imap {

absl::string_view WithoutTrailingHead(absl::string_view text) {
  text = text.substr(0, std::min(text.rfind('{'), text.size()));
  absl::ConsumeSuffix(&text, "~");
  return text;
}

AppendParser::Step AppendParser::Literal(Scanner& scanner, Place next) {
  if (scanner.AtEnd()) {
    return Step::kNeedsLiteral;
  }
  literal_ = scanner.Literal();
  scanner.End();
  place_ = next;
  return Step::kLiteral;
}

AppendParser::Step AppendParser::BeginMessage(Scanner& scanner) {
  if (begun_ && scanner.AtEnd()) {
    return Step::kEnd;
  }
  scanner.Space();
  flags_ = {};
  internal_date_.reset();
  catenates_ = false;
  if (scanner.Peek() == '(') {
    flags_ = ParseFlagList(scanner);
    scanner.Space();
  }
  if (scanner.Peek() == '"') {
    internal_date_ = ParseDateTime(scanner);
    scanner.Space();
  }
  begun_ = true;
  place_ = Place::kData;
  return Step::kMessage;
}

AppendParser::Step AppendParser::Data(Scanner& scanner) {
  if (scanner.TrySkipWord("CATENATE")) {
    scanner.Space();
    scanner.Skip('(');
    catenates_ = true;
    return Part(scanner);
  }
  if (scanner.TrySkipWord("UTF8")) {
    scanner.Space();
    scanner.Skip('(');
    return Literal(scanner, Place::kUtf8End);
  }
  return Literal(scanner, Place::kBetween);
}

// RFC 4469 5: cat-part.
AppendParser::Step AppendParser::Part(Scanner& scanner) {
  place_ = Place::kPart;
  if (scanner.TrySkipWord("TEXT")) {
    scanner.Space();
    return Literal(scanner, Place::kPartEnd);
  }
  if (!scanner.TrySkipWord("URL")) {
    scanner.Fail("TEXT or URL expected");
    return Step::kEnd;
  }
  scanner.Space();
  if (scanner.AtEnd()) {
    return Step::kNeedsText;
  }
  url_ = scanner.Astring();
  place_ = Place::kPartEnd;
  return Step::kUrl;
}

AppendParser::Step AppendParser::Next(Scanner& scanner) {
  if (place_ == Place::kUtf8End) {
    scanner.Skip(')');
    place_ = Place::kBetween;
  } else if (place_ == Place::kPartEnd) {
    if (!scanner.TrySkip(')')) {
      scanner.Space();
      return Part(scanner);
    }
    place_ = Place::kBetween;
  }
  if (!scanner.ok()) {
    return Step::kEnd;
  }
  switch (place_) {
    case Place::kData:
      return Data(scanner);
    case Place::kPart:
      return Part(scanner);
    default:
      return BeginMessage(scanner);
  }
}

LiteralRole AppendParser::RoleOfNext(absl::string_view text) const {
  AppendParser parser = *this;
  Scanner scanner(text);
  while (true) {
    const Step step = parser.Next(scanner);
    if (!scanner.ok()) {
      return LiteralRole::kInvalid;
    }
    switch (step) {
      case Step::kMessage:
      case Step::kUrl:
        break;
      case Step::kNeedsLiteral:
        return LiteralRole::kMessage;
      case Step::kNeedsText:
        return LiteralRole::kText;
      case Step::kLiteral:
      case Step::kEnd:
        return LiteralRole::kInvalid;
    }
  }
}

}  // namespace posthorn::imap
