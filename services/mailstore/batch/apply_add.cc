#include "common/rpc/status.h"
#include "mailstore/batch/apply.h"
#include "mailstore/batch/recorded_result.h"

namespace posthorn::store {
namespace {

absl::Status CheckTarget(const AddOp& op, const AddOp::Target& target, WorkSet& set) {
  const WorkAccount* account = set.FindAccount(target.mailbox.account);
  if (account == nullptr) {
    return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_UNKNOWN_RECIPIENT,
                          "no such account");
  }
  const WorkMailbox* mailbox = set.FindMailbox(target.mailbox);
  if (mailbox == nullptr) {
    return NoSuchMailbox();
  }
  if (mailbox->state.uidnext >= kMaxUid) {
    return OutOfUids();
  }
  if (!set.IsWhole(*op.message, {target.mailbox.account, target.uploaded})) {
    return UploadIsLost();
  }
  const bool fits =
      op.may_overshoot ? IsBelowQuota(account->state) : FitsQuota(account->state, op.message->size);
  return fits ? absl::OkStatus() : OverQuota();
}

absl::Status OverSendingLimit() {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_SENDING_LIMIT,
                        "the submitter has sent to as many recipients as it may in a day");
}

}  // namespace

absl::Status Apply(AddOp& op, WorkSet& set) {
  op.places.clear();
  const AccountId first = op.FirstAccount();
  if (const auto known = set.known_results.find({first, op.key});
      known != set.known_results.end()) {
    return ReadResult(known->second, &op);
  }
  for (const AddOp::Target& target : op.targets) {
    if (const absl::Status status = CheckTarget(op, target, set); !status.ok()) {
      return status;
    }
  }
  if (op.queued != nullptr) {
    const QueuedMail& mail = *op.queued;
    if (!set.IsWhole(*op.message, {mail.account, mail.uploaded})) {
      return UploadIsLost();
    }
    if (!set.CountSending(mail)) {
      return OverSendingLimit();
    }
    set.AddQueued(mail, op.message);
  }
  for (const AddOp::Target& target : op.targets) {
    WorkAccount& account = *set.FindAccount(target.mailbox.account);
    WorkMailbox& mailbox = *set.FindMailbox(target.mailbox);
    const AccountId id = target.mailbox.account;
    const BlobId blob = op.copied_from.has_value()
                            ? set.CopyBlob(id, account, *op.copied_from)
                            : set.AddBlob(id, account, op.message, target.uploaded);
    const MessageRow row{.blob = blob, .internal_date = op.internal_date, .size = op.message->size};
    const uint32_t uid = set.Insert(mailbox, account, row);
    op.places.push_back({mailbox.state.uidvalidity, Uid(uid), mailbox.state.highest_modseq});
  }
  if (!op.key.empty()) {
    set.Record(first, op.key, WriteResult(op));
  }
  if (op.notification != nullptr) {
    // A sender whose mailbox is full goes without: the message is not refused for that.
    Apply(*op.notification, set).IgnoreError();
  }
  return absl::OkStatus();
}

}  // namespace posthorn::store
