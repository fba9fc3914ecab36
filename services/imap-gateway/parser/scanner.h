#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace posthorn::imap {

// Reads the terminals of RFC 3501 section 9 from one whole command, literals included in the text
// as they came ("{5}\r\nhello"); the text carries no final CRLF.
//
// Errors stick: the first one is kept, everything after it returns empty values and consumes
// nothing, so a parser is written straight down and checks ok() only where it loops and at its
// end. The messages go to the client after BAD; they hold no input.
//
// Views returned point into the text. Pure: no I/O, linear time, no recursion.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  void Fail(absl::string_view what);

  bool AtEnd() const { return at_ >= text_.size(); }
  // The next octet, or '\0' at the end or after an error.
  char Peek() const { return ok() && at_ < text_.size() ? text_[at_] : '\0'; }
  std::size_t position() const { return at_; }
  absl::string_view rest() const { return ok() ? text_.substr(at_) : absl::string_view(); }

  // Skip what is there and say so; or leave it.
  bool TrySkip(char c);
  bool TrySkipWord(absl::string_view word);  // case-insensitive, a whole atom

  // What is left, which is then read.
  absl::string_view TakeRest();

  // Skip what must be there.
  void Skip(char c);
  void Space() { Skip(' '); }
  void End();

  absl::string_view Tag();
  absl::string_view Atom();
  absl::string_view Word();  // letters, digits, '.', '-', '=': a keyword of the grammar
  std::uint32_t Number();
  std::uint32_t NzNumber();
  std::uint64_t Number64();  // RFC 9051 number64: to 2^63 - 1

  std::string String();   // quoted or literal
  std::string Astring();  // RFC 3501 9: astring; NIL is the text "NIL"
  std::optional<std::string> Nstring();
  std::optional<std::string> NstringOrLiteral8();  // RFC 5464 5: value
  std::string ListMailbox();

  // "{123}", "{123+}" or "~{123}" and its CRLF, at the end of the text or before octets of it.
  struct LiteralHead {
    std::uint64_t size = 0;
    bool non_synchronizing = false;
    bool binary = false;
  };
  LiteralHead Literal();
  bool AtLiteral() const;

 private:
  std::string Quoted();
  enum class LiteralKind { kText, kLiteral8 };
  std::string LiteralString(LiteralKind kind);
  template <typename Predicate>
  absl::string_view Run(Predicate in_class, absl::string_view what);

  absl::string_view text_;
  std::size_t at_ = 0;
  absl::Status status_;
};

// The character classes of RFC 3501 section 9.
bool IsAtomChar(char c);
inline bool IsAstringChar(char c) { return IsAtomChar(c) || c == ']'; }

}  // namespace posthorn::imap
