#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::imap {

bool IsUtf8(absl::string_view octets);

// A search string in UTF-8. nullopt: the charset is not known, or the octets are not in it
// (RFC 3501 6.4.4: NO [BADCHARSET]). No charset: US-ASCII, or UTF-8 as everybody sends.
std::optional<std::string> SearchTextToUtf8(absl::string_view octets, absl::string_view charset);

// True if SEARCH CHARSET may name it.
bool IsKnownCharset(absl::string_view charset);

// True for the names of UTF-8 and of its subset US-ASCII.
bool IsUtf8Charset(absl::string_view charset);

// "BADCHARSET (US-ASCII UTF-8 ...)": the response code with the charsets that mail is written in,
// though IsKnownCharset() accepts more.
std::string CharsetList();

}  // namespace posthorn::imap
