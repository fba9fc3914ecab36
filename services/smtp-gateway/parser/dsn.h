// The parameters of DSN (RFC 3461 4): what they say goes into header fields and logs one day, so no
// control character passes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace posthorn::smtp {

// NOTIFY: NEVER, or a list of the others, each once.
struct NotifyList {
  bool never = false;
  bool success = false;
  bool failure = false;
  bool delay = false;
};
std::optional<NotifyList> ParseNotify(std::string_view value);

// ENVID decoded: 1 to 100 printable characters of US-ASCII (RFC 3461 4.4).
std::optional<std::string> ParseEnvelopeId(std::string_view value);

// ORCPT (RFC 3461 4.2) with its address type, decoded: "rfc822;alice@example.org". The types are
// rfc822, utf-8 (RFC 6533 3) and other atoms, whose address is taken as it is. At most 500 octets.
std::optional<std::string> ParseOriginalRecipient(std::string_view value);

}  // namespace posthorn::smtp
