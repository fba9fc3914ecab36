// The short text that shows what a message is about (RFC 8970).
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

// Characters that a preview has at most (RFC 8970 3.3: SHOULD be 200, MUST NOT be over 256).
inline constexpr size_t kPreviewCharacters = 200;

// The start of a text as a preview shows it: one line of valid UTF-8 without control characters,
// runs of white space as one space; of HTML without tags, comments, scripts, styles and hidden
// padding, entities decoded; of plain text without quoted lines and signature, unless there is
// nothing else. Empty if there is no text. Linear in `utf8`, which may be cut off anywhere.
std::string PreviewText(absl::string_view utf8, bool html);

// HTML as plain text with line ends where blocks end.
std::string HtmlToText(absl::string_view html);

}  // namespace posthorn::mail
