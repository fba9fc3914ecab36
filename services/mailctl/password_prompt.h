// Where passwords come from: a terminal without echo, or a line of stdin. Never the command line,
// which other users of the machine can read.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace posthorn::mailctl {

// On a terminal asks twice, without echo; otherwise the first line of stdin. InvalidArgument if
// there is none or the two differ. Cancelled if the user interrupts.
absl::StatusOr<std::string> AskPassword(const std::string& whose);

// All of stdin. OutOfRange beyond `limit` octets.
absl::StatusOr<std::string> ReadStdin(size_t limit);

}  // namespace posthorn::mailctl
