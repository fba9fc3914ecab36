#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace posthorn::bench {

// A text message of exactly `size` octets, the same for the same number. Its words come from a
// vocabulary, so that it compresses as ordinary mail does (to about half), unlike its
// neighbours'. No line begins with a dot, so SMTP and POP3 carry it unchanged. Two in three answer
// a message shortly before them (In-Reply-To, References), unless they are too small for that.
std::string MakeMessage(std::uint32_t number, int size);

// How many threads (RFC 5256, REFERENCES) the first `messages` messages are.
std::size_t CountThreads(int messages, int size);

}  // namespace posthorn::bench
