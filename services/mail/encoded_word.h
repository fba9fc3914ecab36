// RFC 2047 encoded words in header values.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

// A header value as people read it: unfolded, encoded words decoded, in valid UTF-8. Tolerant as
// mail needs it: words are also found inside quotes, comments and amid text, multi-octet characters
// may be split between adjacent words of one charset, words that cannot be decoded stay as
// they are. 8-bit text that is not UTF-8 is read as windows-1252. Linear time.
std::string DecodeHeaderText(absl::string_view raw_value);

// RFC 2047 B or Q form for UTF-8 `text` in words of at most 75 octets separated by "\r\n ";
// printable ASCII that looks like no encoded word is returned as it is.
std::string EncodeHeaderText(absl::string_view text);

}  // namespace posthorn::mail
