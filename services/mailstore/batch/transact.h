// One batch, one transaction: locks, reads, applies the operations in memory, writes, commits, by a
// number of statements that does not depend on the batch's size.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "mailstore/batch/commit.h"
#include "mailstore/batch/op.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"

namespace posthorn::store {

struct BatchMember {
  Op* op = nullptr;
  absl::Status status;  // result: of this operation alone
};

struct TransactOptions {
  // Look for results under the operations' keys first. Without it a repeated key makes the batch
  // fail by a unique violation; so the look-up is paid only when keys may have been used before.
  bool check_keys = false;
  int64_t now = 0;               // Unix seconds
  int64_t discard_grace = 3600;  // seconds until bodies of removed messages may be deleted
  MessageLookup* lookup = nullptr;
  bool synchronous_flag_changes = false;  // Transact() waits for the disk with these too
  int32_t sending_limit = 0;              // BatcherOptions'
};

// Commits durably, unless the batch is of changes of flags that a crash may take back
// (crash_recovery.h). Throws what libpqxx throws: then nothing was committed, or, for
// in_doubt_error, perhaps.
Commit Transact(Connection& connection, absl::Span<BatchMember> members,
                const TransactOptions& options);

// The same as a part of a transaction, which the caller commits.
Commit TransactWithin(Transaction& transaction, absl::Span<BatchMember> members,
                      const TransactOptions& options);

}  // namespace posthorn::store
