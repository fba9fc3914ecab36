#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

// RFC 7162 3.2.5: what a client remembers of the mailbox it selects.
struct ResyncArguments {
  std::uint32_t uidvalidity = 0;
  std::uint64_t modseq = 0;
  std::optional<NumberRanges> known_uids;
  // Sequence numbers and the UIDs they had, pair by pair; of equal length, ascending. Empty: none
  // were given.
  NumberRanges match_numbers;
  NumberRanges match_uids;
};

// RFC 3501 6.3.1 with the parameters of RFC 4466 2.1, each at most once.
struct SelectArguments {
  std::string mailbox;  // as written
  bool condstore = false;
  std::optional<ResyncArguments> resync;
};
SelectArguments ParseSelect(Scanner& scanner);

}  // namespace posthorn::imap
