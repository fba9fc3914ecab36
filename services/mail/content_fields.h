// The MIME header fields (RFC 2045, 2183, 3066) taken apart.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mail/message_structure.h"

namespace posthorn::mail {

struct ContentType {
  std::string type;
  std::string subtype;
  std::vector<Parameter> params;
};

// RFC 2045 5.1. Nothing if there is no type and subtype, except that "text" alone, which old
// mailers write, means text/plain. Parameters without "=" or name are left out, values may hold
// characters that should have been quoted. At most `max_params` are kept.
std::optional<ContentType> ParseContentType(absl::string_view value, size_t max_params);

// RFC 2183 2. Nothing if there is no type.
std::optional<Disposition> ParseDisposition(absl::string_view value, size_t max_params);

// The first token of a value such as Content-Transfer-Encoding, at most 255 octets; may be empty.
std::string ParseToken(absl::string_view value);

// RFC 3282: the tags of a Content-Language field.
std::vector<std::string> ParseLanguages(absl::string_view value, size_t max_languages);

// RFC 5322 3.6.4: the message ids of References, with their brackets. White space inside is
// removed, text outside brackets is ignored. The last `max_ids` are kept.
std::vector<std::string> ParseMessageIds(absl::string_view value, size_t max_ids);

// The boundary of a multipart: its parameter, or the pieces of its continuation (RFC 2231 3) put
// together. Empty if there is none that can be used; trailing white space is removed.
std::string FindBoundary(const std::vector<Parameter>& params);

}  // namespace posthorn::mail
