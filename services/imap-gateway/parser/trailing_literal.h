#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// The head of a literal that ends a command line (given without its line end), if one does. Heads
// whose number does not fit come as the largest size, so that a limit refuses them.
std::optional<Scanner::LiteralHead> TrailingLiteral(absl::string_view line);

}  // namespace posthorn::imap
