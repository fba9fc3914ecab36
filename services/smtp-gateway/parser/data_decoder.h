// The mail data of DATA (RFC 5321 4.5.2): transparency and the end of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace posthorn::smtp {

// Fed the stream after 354 in pieces of any size, gives the message with dot-stuffing removed.
//
// Only CRLF "." CRLF ends the data. A CR without LF or an LF without CR anywhere stops the decoder
// for good: other servers see line ends there, and a message smuggled behind them (SMTP smuggling,
// CVE-2023-51764) must not pass. The caller refuses the message and closes the connection, for it
// cannot know where the data end.
class DataDecoder {
 public:
  enum class Status { kMore, kEnd, kBareLineEnd, kLineTooLong };

  // Octets of a line without CRLF. RFC 5321 4.5.3.1.6 asks for 998 at least.
  explicit DataDecoder(size_t max_line) : max_line_(max_line) {}

  // Appends to `out` at most input.size() + 1 octets and sets *consumed: all of the input unless
  // the status is kEnd, when what follows belongs to the next command. After any status but kMore
  // the decoder must not be fed.
  Status Feed(std::string_view input, std::string* out, size_t* consumed);

 private:
  enum class State { kLineStart, kText, kCr, kDot, kDotCr };

  Status CopyText(std::string_view input, size_t* pos, std::string* out);
  Status Step(char c, std::string* out);

  size_t max_line_;
  size_t line_size_ = 0;
  State state_ = State::kLineStart;  // the CRLF of the command counts (RFC 5321 4.1.1.4)
};

}  // namespace posthorn::smtp
