#include "mailstore/batch/apply.h"
#include "mailstore/batch/recorded_result.h"

namespace posthorn::store {
namespace {

// Live messages of op.uids, as they are before the copy: copying a mailbox into itself sees only
// those.
std::vector<WorkMessage*> Sources(const CopyOp& op, WorkMailbox& mailbox) {
  std::vector<WorkMessage*> sources;
  for (const uint32_t uid : op.uids) {
    const auto it = mailbox.messages.find(uid);
    if (it != mailbox.messages.end() && !it->second.removed) {
      sources.push_back(&it->second);
    }
  }
  return sources;
}

}  // namespace

absl::Status Apply(CopyOp& op, WorkSet& set) {
  const AccountId account_id = op.source.account;
  const bool across = op.AcrossAccounts();
  if (const auto known = set.known_results.find({account_id, op.key});
      known != set.known_results.end()) {
    return ReadResult(known->second, &op);
  }
  WorkAccount* account = set.FindAccount(account_id);
  WorkAccount* owner = set.FindAccount(op.destination.account);
  WorkMailbox* source = set.FindMailbox(op.source);
  WorkMailbox* destination = set.FindMailbox(op.destination);
  if (account == nullptr || owner == nullptr || source == nullptr || destination == nullptr) {
    return NoSuchMailbox();
  }
  const std::vector<WorkMessage*> sources = Sources(op, *source);
  int64_t bytes = 0;
  // Keywords are taken over by name, and only those that a message has.
  uint64_t used = 0;
  for (const WorkMessage* message : sources) {
    bytes += message->row.size;
    used |= message->row.keywords;
  }
  if ((!op.move || across) &&
      !FitsQuota(owner->state, bytes, static_cast<int64_t>(sources.size()))) {
    return OverQuota();
  }
  if (destination->state.uidnext + sources.size() >= kMaxUid) {
    return OutOfUids();
  }
  std::vector<std::string> names;
  std::vector<int> bits;
  for (int bit = 0; bit < static_cast<int>(source->state.keywords.size()); ++bit) {
    if (op.changeable.keywords && (used >> bit & 1) != 0) {
      names.push_back(source->state.keywords[bit]);
      bits.push_back(bit);
    }
  }
  if (const auto mask = set.KeywordMask(*destination, names); !mask.ok()) {
    return mask.status();
  }
  op.uidvalidity = destination->state.uidvalidity;
  op.source_uids.clear();
  op.destination_uids.clear();
  for (WorkMessage* message : sources) {
    MessageRow row = message->row;
    row.keywords = 0;
    row.flags = op.changeable.Of(row.flags);
    for (size_t i = 0; i < bits.size(); ++i) {
      if ((message->row.keywords >> bits[i] & 1) != 0) {
        row.keywords |= uint64_t{1} << FindKeyword(destination->state, names[i]);
      }
    }
    op.source_uids.push_back(message->row.uid.value());
    if (op.move) {
      set.Remove(*source, *account, *message, /*keep_body=*/!across);
    }
    if (across) {
      const BlobId blob(owner->state.next_blob_id++);
      set.copied_blobs.push_back({{account_id, row.blob}, {op.destination.account, blob}});
      row.blob = blob;
    } else if (!op.move) {
      set.AddReference({account_id, row.blob}, 1);
    }
    op.destination_uids.push_back(set.Insert(*destination, *owner, row));
  }
  if (!op.key.empty()) {
    set.Record(account_id, op.key, WriteResult(op));
  }
  return absl::OkStatus();
}

}  // namespace posthorn::store
