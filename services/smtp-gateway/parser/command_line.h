// SMTP command lines (RFC 5321 2.3.8, 4.1.1): finding them in a buffer and taking them apart.
#pragma once

#include <cstddef>
#include <string_view>

namespace posthorn::smtp {

enum class LineStatus {
  kLine,         // a whole line was found
  kIncomplete,   // more octets are needed
  kTooLong,      // no line end within the limit
  kBareLineEnd,  // CR without LF or LF without CR: the stream cannot be trusted any more
};

struct LineResult {
  LineStatus status;
  std::string_view line;  // kLine: without CRLF; the line takes line.size() + 2 octets
};

// Looks for a line at the start of `buffered`; `limit` counts its octets with CRLF.
// RFC 5321 2.3.8: only CRLF ends a line; a lone CR or LF is an error, never a line end.
LineResult FindLine(std::string_view buffered, size_t limit);

struct CommandLine {
  std::string_view verb;       // as typed; verbs compare in any case
  std::string_view arguments;  // after the first space, without leading or trailing white space
};

// Splits a line at the end of its verb. RFC 5321 4.1.1: trailing white space is tolerated. False if
// the line does not begin with a letter, or holds a control character other than a tab.
bool ParseCommandLine(std::string_view line, CommandLine* command);

// Whether the arguments begin with `keyword` in any case ("FROM:", "TO:"); removes it then, and
// white space after it, which RFC 5321 3.3 forbids and many clients send.
bool ConsumeKeyword(std::string_view keyword, std::string_view* arguments);

bool EqualsIgnoreCase(std::string_view a, std::string_view b);
bool IsAscii(std::string_view text);

}  // namespace posthorn::smtp
