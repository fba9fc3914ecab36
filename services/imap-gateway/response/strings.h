#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::imap {

// Writers of the string forms of RFC 3501 9, each appending to `out`.

// Quoted if it is short, 7-bit and free of CR, LF and NUL; else a literal. NUL, which neither form
// may hold, becomes 0x80, as other servers have it.
void AppendString(std::string& out, absl::string_view value);

// NIL for none.
void AppendNstring(std::string& out, const std::optional<absl::string_view>& value);

// An atom if it can be one (and is not NIL), else a string.
void AppendAstring(std::string& out, absl::string_view value);

// A mailbox name (canonical UTF-8) in modified UTF-7.
void AppendMailbox(std::string& out, absl::string_view canonical);

// Human-readable text after a status or a continuation: one line of printable ASCII; anything
// else becomes '?', so that no value from outside can start a line (RFC 3501 9: text).
void AppendText(std::string& out, absl::string_view value);

}  // namespace posthorn::imap
