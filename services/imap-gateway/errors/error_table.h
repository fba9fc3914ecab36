#pragma once

#include "absl/status/status.h"
#include "imap-gateway/response/completion.h"

namespace posthorn::imap {

// What a client is told of a failed call to the store: NO with a response code of RFC 5530, by the
// reason of the error, or by its status code where it has none. Texts are fixed: nothing from
// inside reaches a client. UNAVAILABLE, DEADLINE_EXCEEDED and CANCELLED are always [UNAVAILABLE].
Completion FromStatus(const absl::Status& status);

// The same where the mailbox is the destination of APPEND, COPY or MOVE: a missing one is
// [TRYCREATE] (RFC 3501 6.3.11, 6.4.7).
Completion FromDestinationStatus(const absl::Status& status);

}  // namespace posthorn::imap
