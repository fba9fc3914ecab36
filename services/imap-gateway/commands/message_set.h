#pragma once

#include "absl/status/statusor.h"
#include "imap-gateway/parser/sequence_set.h"
#include "imap-gateway/view/view.h"

namespace posthorn::imap {

// How a command numbers messages: by sequence number, or by UID in its UID form.
enum class Numbers { kSequence, kUid };

// The UIDs a set names, of those the session knows. RFC 3501 9: a sequence number above the
// mailbox's size is a client's error (InvalidArgument); an unknown UID is ignored (6.4.8).
absl::StatusOr<NumberRanges> UidsOf(const SequenceSet& set, const View& view, Numbers numbers);

}  // namespace posthorn::imap
