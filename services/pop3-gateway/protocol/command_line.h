// A POP3 command line (RFC 1939 3, RFC 2449 3). Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::pop3 {

// RFC 2449 4: 255 octets with CRLF.
inline constexpr size_t kMaxCommandOctets = 255;

struct CommandLine {
  std::string keyword;          // upper case
  absl::string_view arguments;  // what follows the first space, into the parsed line
};

// `line` without its line end. The error's message is fit for the client.
absl::StatusOr<CommandLine> ParseCommandLine(absl::string_view line);

}  // namespace posthorn::pop3
