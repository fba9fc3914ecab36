#include "mail/lexer.h"

#include "absl/strings/string_view.h"

namespace posthorn::mail {

bool IsHeaderSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsTokenChar(char c) {
  return c > ' ' && c < 0x7f &&
         absl::string_view("()<>@,;:\\\"/[]?=").find(c) == absl::string_view::npos;
}

bool Lexer::Consume(char c) {
  if (AtEnd() || Peek() != c) {
    return false;
  }
  ++position_;
  return true;
}

bool Lexer::SkipCfws(std::string* comment) {
  const size_t start = position_;
  while (!AtEnd()) {
    if (IsHeaderSpace(Peek())) {
      ++position_;
    } else if (Peek() == '(') {
      SkipComment(comment);
    } else {
      break;
    }
  }
  return position_ != start;
}

void Lexer::SkipComment(std::string* comment) {
  if (comment != nullptr) {
    comment->clear();
  }
  // RFC 5322 3.2.2: comments nest; a counter stands for the recursion.
  size_t depth = 0;
  for (; !AtEnd(); ++position_) {
    char c = Peek();
    if (c == '\\' && position_ + 1 < text_.size()) {
      c = text_[++position_];
    } else if (c == '(') {
      if (++depth == 1) {
        continue;
      }
    } else if (c == ')') {
      if (--depth == 0) {
        ++position_;
        return;
      }
    } else if (c == '\r' || c == '\n') {
      continue;
    }
    if (comment != nullptr) {
      comment->push_back(c);
    }
  }
}

std::string Lexer::TakeQuoted() {
  std::string out;
  for (++position_; !AtEnd(); ++position_) {
    char c = Peek();
    if (c == '"') {
      ++position_;
      break;
    }
    if (c == '\\' && position_ + 1 < text_.size()) {
      c = text_[++position_];
    }
    // RFC 5322 3.2.4: the line ends of folding are not part of the string.
    if (c != '\r' && c != '\n') {
      out.push_back(c);
    }
  }
  return out;
}

std::string Lexer::TakeLiteral() {
  std::string out;
  while (!AtEnd()) {
    const char c = text_[position_++];
    if (!IsHeaderSpace(c)) {
      out.push_back(c);
    }
    if (c == ']') {
      break;
    }
  }
  return out;
}

}  // namespace posthorn::mail
