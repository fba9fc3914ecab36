#include "pop3-gateway/protocol/command_line.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"

namespace posthorn::pop3 {

absl::StatusOr<CommandLine> ParseCommandLine(absl::string_view line) {
  for (char c : line) {
    // RFC 2449 3: parameters are printable. Octets over 127 pass: passwords have them.
    if (absl::ascii_iscntrl(c)) {
      return absl::InvalidArgumentError("Control character in command");
    }
  }
  const size_t space = line.find(' ');
  const absl::string_view keyword = line.substr(0, space);
  // RFC 2449 3: keyword = 3*4VCHAR.
  if (keyword.size() < 3 || keyword.size() > 4) {
    return absl::InvalidArgumentError("Unknown command");
  }
  CommandLine command;
  command.keyword = absl::AsciiStrToUpper(keyword);
  if (space != absl::string_view::npos) {
    command.arguments = line.substr(space + 1);
  }
  return command;
}

}  // namespace posthorn::pop3
