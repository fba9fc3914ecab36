// Where TOP ends (RFC 1939 7): after the header, the empty line and n lines of the body. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace posthorn::pop3 {

class TopCutter {
 public:
  explicit TopCutter(uint32_t body_lines) : lines_left_(body_lines) {}

  // How many of the next octets of the message TOP shows. Lines end with LF, CRLF or bare.
  size_t Feed(absl::string_view frame);
  // Nothing that follows will be shown.
  bool done() const { return !in_header_ && lines_left_ == 0; }
  // What is shown after all of the message: where it ends within its header, the empty line that
  // clients look for (RFC 1939 7).
  absl::string_view Missing() const;

 private:
  size_t FeedHeader(absl::string_view frame);
  size_t FeedBody(absl::string_view frame);

  bool in_header_ = true;
  bool line_is_empty_ = true;  // so far, but for CR
  uint32_t lines_left_;
};

}  // namespace posthorn::pop3
