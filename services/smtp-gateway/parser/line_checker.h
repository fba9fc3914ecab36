// Line ends of message text that comes in pieces.
#pragma once

#include <cstddef>
#include <string_view>

namespace posthorn::smtp {

struct TextRun {
  size_t size;   // octets before the first CR or LF, or all
  bool bare_lf;  // it is an LF
};
TextRun FindTextRun(std::string_view text);

// Checks that every CR is followed by an LF and every LF follows a CR, and the length of lines,
// over pieces of any size. For the data of BDAT, whose end does not depend on its content (RFC
// 3030).
class LineChecker {
 public:
  enum class Status { kOk, kBareLineEnd, kLineTooLong };
  // kHeader: up to the empty line; what follows is no text (BINARYMIME, RFC 3030 3).
  enum class Scope { kAll, kHeader };

  explicit LineChecker(size_t max_line, Scope scope = Scope::kAll)
      : max_line_(max_line), scope_(scope) {}

  // Not to be fed after another status than kOk.
  Status Feed(std::string_view piece);
  // At the end of the text, which may lack its last line end but not the second half of one.
  Status Finish() const { return pending_cr_ ? Status::kBareLineEnd : Status::kOk; }

 private:
  size_t max_line_;
  Scope scope_;
  bool ended_ = false;  // what is checked has ended
  size_t line_size_ = 0;
  bool pending_cr_ = false;
};

}  // namespace posthorn::smtp
