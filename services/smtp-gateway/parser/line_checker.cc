#include "smtp-gateway/parser/line_checker.h"

#include <cstring>

namespace posthorn::smtp {

TextRun FindTextRun(std::string_view text) {
  // Lines are short next to buffers: each search must stop at the end of the line, or a message
  // without the other character would be read through once per line.
  const auto* lf = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
  const size_t line = lf == nullptr ? text.size() : static_cast<size_t>(lf - text.data());
  const auto* cr = static_cast<const char*>(std::memchr(text.data(), '\r', line));
  if (cr != nullptr) {
    return {static_cast<size_t>(cr - text.data()), false};
  }
  return {line, lf != nullptr};
}

LineChecker::Status LineChecker::Feed(std::string_view piece) {
  while (!piece.empty() && !ended_) {
    if (pending_cr_) {
      if (piece.front() != '\n') {
        return Status::kBareLineEnd;
      }
      pending_cr_ = false;
      ended_ = scope_ == Scope::kHeader && line_size_ == 0;
      line_size_ = 0;
      piece.remove_prefix(1);
      continue;
    }
    const TextRun run = FindTextRun(piece);
    line_size_ += run.size;
    if (line_size_ > max_line_) {
      return Status::kLineTooLong;
    }
    if (run.bare_lf) {
      return Status::kBareLineEnd;
    }
    pending_cr_ = run.size < piece.size();
    piece.remove_prefix(run.size + (pending_cr_ ? 1 : 0));
  }
  return Status::kOk;
}

}  // namespace posthorn::smtp
