// Table change_log: what changed in a mailbox at which MODSEQ.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

enum class ChangeKind : int16_t { kChanged = 1, kRemoved = 2 };

struct LoggedChange {
  MailboxKey mailbox;
  ModSeq modseq;
  ChangeKind kind = ChangeKind::kChanged;
  std::vector<uint32_t> uids;  // ascending
};

void InsertChanges(Transaction& transaction, absl::Span<const LoggedChange> changes,
                   int64_t logged_at);
// Those with a greater MODSEQ, ascending.
std::vector<LoggedChange> LoadChanges(Transaction& transaction, MailboxKey mailbox, ModSeq since);

}  // namespace posthorn::store
