#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "imap-gateway/mailbox/mailbox_name.h"

namespace posthorn::imap {

// Writers of the string forms of RFC 3501 9, each appending to `out`.

// What a quoted string may hold.
enum class Quoted {
  kSevenBit,  // RFC 3501 9
  kUtf8,      // RFC 9755 3, RFC 9051 4.3: for a session that enabled either
};

// Quoted if it is short, free of CR, LF and NUL, and 7-bit or, where the client knows that, UTF-8;
// else a literal. NUL, which neither form may hold, becomes 0x80, as other servers have it.
void AppendString(std::string& out, absl::string_view value, Quoted quoted = Quoted::kSevenBit);

// NIL for none.
void AppendNstring(std::string& out, const std::optional<absl::string_view>& value);

// An atom if it can be one (and is not NIL), else a string.
void AppendAstring(std::string& out, absl::string_view value, Quoted quoted = Quoted::kSevenBit);

// A mailbox name (canonical UTF-8) in the session's encoding: Features::names().
void AppendMailbox(std::string& out, absl::string_view canonical, NameEncoding encoding);

// Human-readable text after a status or a continuation: one line of printable ASCII; anything
// else becomes '?', so that no value from outside can start a line (RFC 3501 9: text).
void AppendText(std::string& out, absl::string_view value);

// The same for a client that chose a language (RFC 5255 3.5: UTF8-TEXT-CHAR): UTF-8, without "[".
void AppendUtf8Text(std::string& out, absl::string_view value);

}  // namespace posthorn::imap
