// Table queue_message, whose rows go with the last of their recipients. All blocks and throws what
// libpqxx throws.
#pragma once

#include "absl/types/span.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// In the order of their keys. Whoever deletes recipients locks their messages before: of two
// transactions that take away the last two recipients of one, the later sees that none is left.
void LockQueuedMessages(Transaction& transaction, absl::Span<const BlobKey> messages);

// Takes those that have no recipients any more out of the queue; their octets are deleted ten
// minutes later, for a worker may be reading them still.
void RemoveEmptyMessages(Transaction& transaction, absl::Span<const BlobKey> messages);

}  // namespace posthorn::store
