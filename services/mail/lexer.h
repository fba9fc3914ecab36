// The lexical layer under the structured header fields (RFC 5322 3.2, RFC 2045 5.1): comments,
// quoted strings, runs of characters. Works on folded text: line ends count as white space.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

bool IsHeaderSpace(char c);  // SP, HTAB, CR, LF
// RFC 2045 5.1: a character of a token, i.e. printable ASCII but no tspecial.
bool IsTokenChar(char c);

// A cursor over one field value. Every call advances or leaves it; none fails. All together take
// time linear in the text.
class Lexer {
 public:
  explicit Lexer(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return position_ >= text_.size(); }
  char Peek() const { return text_[position_]; }  // not at the end
  bool Consume(char c);
  // Skips white space and comments, however deep they nest. The inside of the last comment, with
  // escapes resolved, replaces *comment if that is given. Tells whether anything was skipped.
  bool SkipCfws(std::string* comment = nullptr);
  // At a quote: the unquoted, unfolded string. A missing end quote ends at the end of the text.
  std::string TakeQuoted();
  // At a bracket: a domain literal with its brackets, unfolded.
  std::string TakeLiteral();
  // The longest run of octets of which `accept` is true.
  template <typename Accept>
  absl::string_view TakeWhile(Accept accept) {
    const size_t start = position_;
    while (position_ < text_.size() && accept(text_[position_])) {
      ++position_;
    }
    return text_.substr(start, position_ - start);
  }
  void Skip() { ++position_; }  // one octet, not at the end

 private:
  void SkipComment(std::string* comment);

  absl::string_view text_;
  size_t position_ = 0;
};

}  // namespace posthorn::mail
