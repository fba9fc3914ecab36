#pragma once

#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace posthorn::imap {

// A tree of messages as the contract has it: nodes in pre-order, each with the number of those
// directly below it; number 0 stands for a message that is not there.
struct ThreadNodes {
  absl::Span<const std::uint32_t> numbers;
  absl::Span<const std::uint32_t> children;
};

// "* THREAD (1)(2 3 (4)(5 6))\r\n" (RFC 5256 4). Linear, without recursion: threads may be as deep
// as a mailbox is large. What does not add up is cut off.
void AppendThread(std::string& out, const ThreadNodes& nodes);

}  // namespace posthorn::imap
