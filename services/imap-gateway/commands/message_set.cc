#include "imap-gateway/commands/message_set.h"

namespace posthorn::imap {

absl::StatusOr<NumberRanges> UidsOf(const SequenceSet& set, const View& view, Numbers numbers) {
  if (numbers == Numbers::kUid) {
    return view.UidsOfUids(set);
  }
  if (set.Exceeds(view.size())) {
    return absl::InvalidArgumentError("Sequence number out of range");
  }
  return view.UidsOfNumbers(set);
}

}  // namespace posthorn::imap
