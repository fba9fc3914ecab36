#pragma once

#include <cstdint>
#include <string>

namespace posthorn::bench {

// A text message of exactly `size` octets, the same for the same number. Its words come from a
// vocabulary, so that it compresses as ordinary mail does (to about half), unlike its
// neighbours'. No line begins with a dot, so SMTP and POP3 carry it unchanged.
std::string MakeMessage(std::uint32_t number, int size);

}  // namespace posthorn::bench
