// The argument of EHLO and HELO (RFC 5321 4.1.1.1).
#pragma once

#include <string_view>

namespace posthorn::smtp {

// Whether the name may be kept and shown in a trace field. Clients send all kinds of names, so only
// harm is refused: it has 1 to 255 octets of printable ASCII (RFC 6531 3.7.1: A-labels), none of
// them a space, quote, parenthesis, angle bracket, backslash, comma or semicolon.
bool IsAcceptableHelloName(std::string_view name);

}  // namespace posthorn::smtp
