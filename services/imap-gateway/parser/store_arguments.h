#pragma once

#include <cstdint>
#include <optional>

#include "imap-gateway/parser/flags.h"
#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

struct StoreArguments {
  enum class Mode { kReplace, kAdd, kRemove };
  SequenceSet set;
  Mode mode = Mode::kReplace;
  bool silent = false;
  Flags flags;
  // RFC 7162 3.1.3: only messages with no greater MODSEQ.
  std::optional<std::uint64_t> unchanged_since;
};

// RFC 3501 6.4.6.
StoreArguments ParseStore(Scanner& scanner);

}  // namespace posthorn::imap
