#include "imap-gateway/parser/scanner.h"

#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace posthorn::imap {

bool IsAtomChar(char c) {
  const auto octet = static_cast<unsigned char>(c);
  if (octet <= 0x20 || octet >= 0x7f) {
    return false;
  }
  switch (c) {
    case '(':
    case ')':
    case '{':
    case '%':
    case '*':
    case '"':
    case '\\':
    case ']':
      return false;
    default:
      return true;
  }
}

namespace {
bool IsTagChar(char c) { return IsAstringChar(c) && c != '+'; }
bool IsListChar(char c) { return IsAstringChar(c) || c == '%' || c == '*'; }
bool IsWordChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '=';
}
}  // namespace

void Scanner::Fail(absl::string_view what) {
  if (ok()) {
    status_ = absl::InvalidArgumentError(what);
  }
}

bool Scanner::TrySkip(char c) {
  if (Peek() != c || AtEnd()) {
    return false;
  }
  ++at_;
  return true;
}

bool Scanner::TrySkipWord(absl::string_view word) {
  const absl::string_view left = rest();
  if (!absl::StartsWithIgnoreCase(left, word)) {
    return false;
  }
  if (left.size() > word.size() && IsAtomChar(left[word.size()])) {
    return false;
  }
  at_ += word.size();
  return true;
}

absl::string_view Scanner::TakeRest() {
  const absl::string_view left = rest();
  at_ += left.size();
  return left;
}

void Scanner::Skip(char c) {
  if (!TrySkip(c)) {
    Fail(c == ' ' ? std::string("Missing space") : absl::StrCat("Missing ", std::string(1, c)));
  }
}

void Scanner::End() {
  if (ok() && !AtEnd()) {
    Fail("Unexpected text after the arguments");
  }
}

template <typename Predicate>
absl::string_view Scanner::Run(Predicate in_class, absl::string_view what) {
  if (!ok()) {
    return {};
  }
  const std::size_t start = at_;
  while (at_ < text_.size() && in_class(text_[at_])) {
    ++at_;
  }
  if (at_ == start) {
    Fail(what);
  }
  return text_.substr(start, at_ - start);
}

absl::string_view Scanner::Tag() { return Run(IsTagChar, "Invalid tag"); }
absl::string_view Scanner::Atom() { return Run(IsAtomChar, "Atom expected"); }
absl::string_view Scanner::Word() { return Run(IsWordChar, "Keyword expected"); }

std::uint64_t Scanner::Number64() {
  const absl::string_view digits = Run(
      [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }, "Number expected");
  std::uint64_t value = 0;
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (kMax - digit) / 10) {
      Fail("Number too large");
      return 0;
    }
    value = value * 10 + digit;
  }
  return value;
}

std::uint32_t Scanner::Number() {
  const std::uint64_t value = Number64();
  if (value > std::numeric_limits<std::uint32_t>::max()) {
    Fail("Number too large");
    return 0;
  }
  return static_cast<std::uint32_t>(value);
}

std::uint32_t Scanner::NzNumber() {
  const std::uint32_t value = Number();
  if (value == 0) {
    Fail("Number must not be zero");
  }
  return value;
}

std::string Scanner::Quoted() {
  Skip('"');
  std::string value;
  while (ok() && at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == '"') {
      return value;
    }
    if (c == '\\') {
      const char escaped = Peek();
      // RFC 3501 9: quoted-specials are the only characters that may be escaped.
      if (escaped != '"' && escaped != '\\') {
        break;
      }
      ++at_;
      value.push_back(escaped);
    } else if (c == '\r' || c == '\n' || c == '\0') {
      break;
    } else {
      value.push_back(c);
    }
  }
  Fail("Invalid quoted string");
  return {};
}

bool Scanner::AtLiteral() const {
  const absl::string_view left = rest();
  return absl::StartsWith(left, "{") || absl::StartsWith(left, "~{");
}

Scanner::LiteralHead Scanner::Literal() {
  LiteralHead head;
  head.binary = TrySkip('~');
  Skip('{');
  head.size = Number64();
  head.non_synchronizing = TrySkip('+');
  Skip('}');
  if (ok() && !absl::StartsWith(rest(), "\r\n")) {
    Fail("Invalid literal");
    return {};
  }
  at_ += ok() ? 2 : 0;
  return head;
}

std::string Scanner::LiteralString(LiteralKind kind) {
  const LiteralHead head = Literal();
  if (!ok()) {
    return {};
  }
  if (head.size > text_.size() - at_) {
    Fail("Literal is incomplete");
    return {};
  }
  const absl::string_view octets = text_.substr(at_, head.size);
  // RFC 3501 9: CHAR8 excludes NUL, RFC 3516 7: OCTET of literal8 does not.
  const bool allowed = kind == LiteralKind::kLiteral8
                           ? head.binary
                           : !head.binary && octets.find('\0') == absl::string_view::npos;
  if (!allowed) {
    Fail("Octet not allowed in this literal");
    return {};
  }
  at_ += head.size;
  return std::string(octets);
}

std::string Scanner::String() {
  if (Peek() == '"') {
    return Quoted();
  }
  if (Peek() == '{') {
    return LiteralString(LiteralKind::kText);
  }
  Fail("String expected");
  return {};
}

std::string Scanner::Astring() {
  if (Peek() == '"' || Peek() == '{') {
    return String();
  }
  return std::string(Run(IsAstringChar, "String expected"));
}

std::optional<std::string> Scanner::Nstring() {
  if (TrySkipWord("NIL")) {
    return std::nullopt;
  }
  return String();
}

std::optional<std::string> Scanner::NstringOrLiteral8() {
  return Peek() == '~' ? LiteralString(LiteralKind::kLiteral8) : Nstring();
}

std::string Scanner::ListMailbox() {
  if (Peek() == '"' || Peek() == '{') {
    return String();
  }
  return std::string(Run(IsListChar, "Mailbox pattern expected"));
}

}  // namespace posthorn::imap
