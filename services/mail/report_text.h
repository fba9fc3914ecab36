// Values of any origin made fit for the fields and lines of a notification.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

// Of a value: its line stays under 998 octets (RFC 5322 2.1.1) with all that stands around it.
inline constexpr size_t kMaxReportValue = 900;

// Controls become spaces; octets that are no UTF-8, and without `utf8` all characters above 127,
// become "?". At most `max_octets` of whole characters.
std::string CleanReportText(absl::string_view text, bool utf8, size_t max_octets);

// A field with its line end: "Name: value". With `fold` runs of spaces become one, and lines have
// at most 78 octets where there is a space. The value is clean.
void AppendReportField(absl::string_view name, absl::string_view value, bool fold,
                       std::string* out);

// `text` in lines that start with `indent`, broken at spaces to at most 78 octets.
void AppendReportLines(absl::string_view text, absl::string_view indent, std::string* out);

// RFC 3464 2.3.1, RFC 6533 3: an address with its type. `address` is a forward-path; `typed` is an
// ORCPT, "rfc822;alice@example.org". Without `utf8`, characters above 127 are written as "\x{E4}".
std::string ReportAddress(absl::string_view address, bool utf8);
std::string ReportTypedAddress(absl::string_view typed, bool utf8);

}  // namespace posthorn::mail
