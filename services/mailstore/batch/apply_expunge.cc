#include <algorithm>

#include "common/rpc/status.h"
#include "mailstore/batch/apply.h"

namespace posthorn::store {
namespace {

// Whether the session still holds the maildrop, or has given it back before with all its removals
// done (a repeated call).
absl::Status CheckMaildrop(const ExpungeOp& op, const WorkMailbox& mailbox, const WorkSet& set) {
  const auto holder = set.maildrop_holders.find(op.mailbox.account);
  if (holder != set.maildrop_holders.end() && holder->second == *op.maildrop_holder) {
    return absl::OkStatus();
  }
  const bool all_gone = std::all_of(op.uids.begin(), op.uids.end(), [&](uint32_t uid) {
    const auto it = mailbox.messages.find(uid);
    return it == mailbox.messages.end() || it->second.removed;
  });
  if (all_gone) {
    return absl::OkStatus();
  }
  return rpc::MakeError(absl::StatusCode::kFailedPrecondition,
                        v1::ErrorDetail::REASON_MAILDROP_LOST,
                        "the maildrop lock ran out and was taken");
}

}  // namespace

absl::Status Apply(ExpungeOp& op, WorkSet& set) {
  WorkAccount* account = set.FindAccount(op.mailbox.account);
  WorkMailbox* mailbox = set.FindMailbox(op.mailbox);
  if (account == nullptr || mailbox == nullptr) {
    return NoSuchMailbox();
  }
  if (op.maildrop_holder.has_value()) {
    if (const absl::Status status = CheckMaildrop(op, *mailbox, set); !status.ok()) {
      return status;
    }
    const auto holder = set.maildrop_holders.find(op.mailbox.account);
    if (holder != set.maildrop_holders.end() && holder->second == *op.maildrop_holder) {
      set.maildrop_holders.erase(holder);
      set.released_maildrops.push_back(op.mailbox.account);
    }
  }
  op.removed.clear();
  for (const uint32_t uid : op.uids) {
    const auto it = mailbox->messages.find(uid);
    if (it == mailbox->messages.end() || it->second.removed ||
        (op.only_deleted && (it->second.row.flags & v1::FLAG_DELETED) == 0)) {
      continue;
    }
    set.Remove(*mailbox, *account, it->second, /*keep_body=*/false);
    op.removed.push_back(uid);
  }
  op.highest_modseq = mailbox->state.highest_modseq;
  return absl::OkStatus();
}

}  // namespace posthorn::store
