#include "common/rpc/status.h"
#include "mailstore/batch/apply.h"
#include "mailstore/batch/recorded_result.h"

namespace posthorn::store {
namespace {

absl::Status ReplacedIsGone() {
  return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                        "the message to be replaced is gone");
}

// The live message that the append replaces.
WorkMessage* FindReplaced(const AppendOp& op, WorkSet& set) {
  WorkMailbox* mailbox = set.FindMailbox(op.replaced->mailbox);
  if (mailbox == nullptr || set.FindAccount(op.replaced->mailbox.account) == nullptr) {
    return nullptr;
  }
  const auto it = mailbox->messages.find(op.replaced->uid);
  return it == mailbox->messages.end() || it->second.removed ? nullptr : &it->second;
}

// The keywords of all items, each name once.
std::vector<std::string> KeywordsOf(const AppendOp& op) {
  std::vector<std::string> names;
  for (const AppendOp::Item& item : op.items) {
    names.insert(names.end(), item.keywords.begin(), item.keywords.end());
  }
  return names;
}

void AddItem(const AppendOp& op, const AppendOp::Item& item, uint64_t keywords, WorkSet& set) {
  WorkAccount& account = *set.FindAccount(op.mailbox.account);
  WorkMailbox& mailbox = *set.FindMailbox(op.mailbox);
  const BlobId blob = set.AddBlob(op.mailbox.account, account, item.message, item.uploaded);
  const MessageRow row{.blob = blob,
                       .internal_date = item.internal_date,
                       .keywords = keywords,
                       .size = item.message->size,
                       .flags = item.flags};
  set.Insert(mailbox, account, row);
}

}  // namespace

absl::Status Apply(AppendOp& op, WorkSet& set) {
  const AccountId account_id = op.mailbox.account;
  if (const auto known = set.known_results.find({account_id, op.key});
      known != set.known_results.end()) {
    return ReadResult(known->second, &op);
  }
  WorkAccount* account = set.FindAccount(account_id);
  WorkMailbox* mailbox = set.FindMailbox(op.mailbox);
  if (account == nullptr || mailbox == nullptr) {
    return NoSuchMailbox();
  }
  WorkMessage* replaced = nullptr;
  int64_t bytes = 0;
  auto messages = static_cast<int64_t>(op.items.size());
  if (op.replaced.has_value()) {
    replaced = FindReplaced(op, set);
    if (replaced == nullptr) {
      return ReplacedIsGone();
    }
    // RFC 8508 3.4: only the net quota consumption is considered.
    if (op.replaced->mailbox.account == account_id) {
      bytes -= replaced->row.size;
      --messages;
    }
  }
  for (const AppendOp::Item& item : op.items) {
    if (!set.IsWhole(*item.message, {account_id, item.uploaded})) {
      return UploadIsLost();
    }
    bytes += item.message->size;
  }
  if ((bytes > 0 || messages > 0) && !FitsQuota(account->state, bytes, messages)) {
    return OverQuota();
  }
  if (mailbox->state.uidnext + op.items.size() >= kMaxUid) {
    return OutOfUids();
  }
  // All at once first: it fails before anything was changed.
  if (const auto mask = set.KeywordMask(*mailbox, KeywordsOf(op)); !mask.ok()) {
    return mask.status();
  }
  op.uidvalidity = mailbox->state.uidvalidity;
  op.first_uid = mailbox->state.uidnext;
  op.added = static_cast<uint32_t>(op.items.size());
  for (const AppendOp::Item& item : op.items) {
    AddItem(op, item, *set.KeywordMask(*mailbox, item.keywords), set);
  }
  op.modseq = mailbox->state.highest_modseq;
  if (replaced != nullptr) {
    set.Remove(*set.FindMailbox(op.replaced->mailbox),
               *set.FindAccount(op.replaced->mailbox.account), *replaced, /*keep_body=*/false);
  }
  if (!op.key.empty()) {
    set.Record(account_id, op.key, WriteResult(op));
  }
  return absl::OkStatus();
}

}  // namespace posthorn::store
