#pragma once

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
};

// RFC 3501 6.4.6.
StoreArguments ParseStore(Scanner& scanner);

}  // namespace posthorn::imap
