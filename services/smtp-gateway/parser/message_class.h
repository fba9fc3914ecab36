// What kind of message a sender declares: MT-PRIORITY (RFC 6710) and SOLICIT (RFC 3865).
#pragma once

#include <optional>
#include <string_view>

namespace posthorn::smtp {

// -9 to 9, without needless signs or zeros (RFC 6710 9).
std::optional<int> ParsePriority(std::string_view value);

// RFC 3865 2.1: solicitation keywords with commas between, at most 1,000 octets.
bool AreSolicitationKeywords(std::string_view value);

}  // namespace posthorn::smtp
