// Mail data as DATA sends it (RFC 5321 4.5.2).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace posthorn::client {

// Takes a message in pieces, however they are cut. Pure.
class DotStuffer {
 public:
  // Appends the piece with a dot before each line that begins with one. INVALID_ARGUMENT at a CR or
  // LF that stands alone (RFC 5321 2.3.8): the next server may take it for the end of a line, and
  // what follows for commands; and at NUL. Nothing may be sent then that was not sent before.
  absl::Status Append(absl::string_view piece, std::string& out);

  // Appends the end: the final dot, on a line of its own.
  absl::Status Finish(std::string& out);

 private:
  enum class State { kLineStart, kInLine, kAfterCr };
  State state_ = State::kLineStart;
};

}  // namespace posthorn::client
