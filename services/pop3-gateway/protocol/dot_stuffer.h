// Byte-stuffing of multi-line responses (RFC 1939 3). Pure.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::pop3 {

// Encodes one message, frame by frame. Octets stay as they are, except that
// - a "." that begins a line is doubled; a line begins after any LF, so that a bare LF in a message
//   cannot end the response at clients that read lines by LF alone;
// - a message whose last line lacks CRLF gets one.
class DotStuffer {
 public:
  // Appends the stuffed frame to *out: at most twice its octets.
  void Feed(absl::string_view frame, std::string* out);
  // Appends the terminating ".\r\n", on a line of its own.
  void Finish(std::string* out);

 private:
  // The last two octets so far. The response's first line went before.
  char before_last_ = '\r';
  char last_ = '\n';
};

}  // namespace posthorn::pop3
