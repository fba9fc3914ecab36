#include "mailstore/batch/apply.h"

#include "common/rpc/status.h"
#include "mailstore/batch/recorded_result.h"

namespace posthorn::store {

using v1::ErrorDetail;

absl::Status NoSuchMailbox() {
  return rpc::MakeError(absl::StatusCode::kNotFound, ErrorDetail::REASON_MAILBOX_NOT_FOUND,
                        "no such mailbox");
}

absl::Status OverQuota() {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_OVER_QUOTA,
                        "the account's quota is used up");
}

absl::Status UploadIsLost() {
  return rpc::MakeError(absl::StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE,
                        "the database has lost what had come of the message");
}

absl::Status OutOfUids() {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_TOO_MANY,
                        "the mailbox has given out all its UIDs");
}

absl::Status Apply(FlagsOp& op, WorkSet& set) {
  WorkMailbox* mailbox = set.FindMailbox(op.mailbox);
  if (mailbox == nullptr) {
    return NoSuchMailbox();
  }
  const AccountId account = op.mailbox.account;
  if (const auto known = set.known_results.find({account, op.key});
      known != set.known_results.end()) {
    op.state = mailbox->state;
    op.before.clear();
    return ReadResult(known->second, &op);
  }
  // Removing a keyword that the mailbox never had must not add it.
  const uint32_t flags = op.changeable.Of(op.flags);
  const std::vector<std::string> names =
      op.changeable.keywords ? op.keywords : std::vector<std::string>();
  uint64_t keywords = 0;
  if (op.mode == FlagsOp::Mode::kRemove) {
    for (const std::string& name : names) {
      const int bit = FindKeyword(mailbox->state, name);
      keywords |= bit < 0 ? 0 : uint64_t{1} << bit;
    }
  } else {
    const absl::StatusOr<uint64_t> mask = set.KeywordMask(*mailbox, names);
    if (!mask.ok()) {
      return mask.status();
    }
    keywords = *mask;
  }
  op.rows.clear();
  op.before.clear();
  op.modified.clear();
  for (const uint32_t uid : op.uids) {
    const auto it = mailbox->messages.find(uid);
    if (it == mailbox->messages.end() || it->second.removed) {
      continue;
    }
    WorkMessage& message = it->second;
    const MessageRow& row = message.row;
    if (op.unchanged_since.has_value() && row.modseq > *op.unchanged_since) {
      op.modified.push_back(uid);
      continue;
    }
    op.before.push_back(row.modseq);
    switch (op.mode) {
      case FlagsOp::Mode::kAdd:
        set.SetFlags(*mailbox, message, row.flags | flags, row.keywords | keywords);
        break;
      case FlagsOp::Mode::kRemove:
        set.SetFlags(*mailbox, message, row.flags & ~flags, row.keywords & ~keywords);
        break;
      case FlagsOp::Mode::kReplace:
        set.SetFlags(*mailbox, message, (row.flags & ~op.changeable.flags) | flags,
                     op.changeable.keywords ? keywords : row.keywords);
        break;
    }
    op.rows.push_back(message.row);
  }
  op.state = mailbox->state;
  if (!op.key.empty()) {
    set.Record(account, op.key, WriteResult(op));
  }
  return absl::OkStatus();
}

absl::Status Apply(ClaimRecentOp& op, WorkSet& set) {
  WorkMailbox* mailbox = set.FindMailbox(op.mailbox);
  if (mailbox == nullptr) {
    return NoSuchMailbox();
  }
  op.recent_from_uid = mailbox->state.recent_from_uid;
  if (mailbox->state.recent_from_uid < op.end_uid) {
    mailbox->state.recent_from_uid = op.end_uid;
    mailbox->dirty = true;
  }
  return absl::OkStatus();
}

}  // namespace posthorn::store
