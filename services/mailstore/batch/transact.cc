#include "mailstore/batch/transact.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "common/failpoint/failpoint.h"
#include "mailstore/batch/apply.h"
#include "mailstore/batch/recorded_result.h"
#include "mailstore/batch/write_back.h"
#include "mailstore/db/transaction.h"
#include "mailstore/maildrop/maildrop_rows.h"
#include "mailstore/outbound/enqueue_rows.h"
#include "mailstore/outbound/sending_rows.h"
#include "mailstore/storage/blob_rows.h"
#include "mailstore/storage/idempotency_rows.h"
#include "mailstore/storage/lock_rows.h"
#include "mailstore/storage/message_rows.h"

namespace posthorn::store {
namespace {

// How many a mailbox reserves at a time: one commit in so many waits for the disk, and a crash
// skips up to so many.
constexpr int64_t kReservedModSeqs = 1'000;

// What the operations name, and what therefore has to be locked and read.
struct Needs {
  std::set<AccountId> accounts;
  std::set<MailboxKey> mailboxes;
  std::vector<BlobKey> uploads;
  std::vector<std::pair<AccountId, std::string>> keys;
  std::vector<AccountId> maildrops;
  std::map<MailboxKey, std::set<uint32_t>> messages;
  std::map<MailboxKey, std::set<uint32_t>>
      counted;  // messages whose blobs gain or lose a reference
  size_t queue_ids = 0;
  std::map<AccountId, int32_t> sending;  // recipients by submitter

  void Add(const AddOp& op) {
    for (const AddOp::Target& target : op.targets) {
      accounts.insert(target.mailbox.account);
      mailboxes.insert(target.mailbox);
      AddUpload(target.mailbox.account, target.uploaded);
    }
    if (op.queued != nullptr) {
      AddUpload(op.queued->account, op.queued->uploaded);
      queue_ids += op.queued->recipients.size() + 1;
      if (const uint64_t submitter = op.queued->envelope.submitter_account_id(); submitter != 0) {
        sending[AccountId(submitter)] += static_cast<int32_t>(op.queued->recipients.size());
      }
    }
    AddKey(op.FirstAccount(), op.key);
    if (op.notification != nullptr) {
      Add(*op.notification);
    }
  }
  void Add(const AppendOp& op) {
    accounts.insert(op.mailbox.account);
    mailboxes.insert(op.mailbox);
    for (const AppendOp::Item& item : op.items) {
      AddUpload(op.mailbox.account, item.uploaded);
    }
    if (op.replaced.has_value()) {
      accounts.insert(op.replaced->mailbox.account);
      mailboxes.insert(op.replaced->mailbox);
      messages[op.replaced->mailbox].insert(op.replaced->uid);
      counted[op.replaced->mailbox].insert(op.replaced->uid);
    }
    AddKey(op.mailbox.account, op.key);
  }
  void Add(const FlagsOp& op) {
    mailboxes.insert(op.mailbox);
    messages[op.mailbox].insert(op.uids.begin(), op.uids.end());
    AddKey(op.mailbox.account, op.key);
  }
  void Add(const CopyOp& op) {
    accounts.insert({op.source.account, op.destination.account});
    mailboxes.insert({op.source, op.destination});
    messages[op.source].insert(op.uids.begin(), op.uids.end());
    if (!op.move || op.AcrossAccounts()) {
      counted[op.source].insert(op.uids.begin(), op.uids.end());
    }
    AddKey(op.source.account, op.key);
  }
  void Add(const ExpungeOp& op) {
    accounts.insert(op.mailbox.account);
    mailboxes.insert(op.mailbox);
    messages[op.mailbox].insert(op.uids.begin(), op.uids.end());
    counted[op.mailbox].insert(op.uids.begin(), op.uids.end());
    if (op.maildrop_holder.has_value()) {
      maildrops.push_back(op.mailbox.account);
    }
  }
  void Add(const ClaimRecentOp& op) { mailboxes.insert(op.mailbox); }

  void AddUpload(AccountId account, BlobId blob) {
    if (blob.value() != 0) {
      uploads.push_back({account, blob});
    }
  }
  void AddKey(AccountId account, const std::string& key) {
    if (!key.empty()) {
      keys.emplace_back(account, key);
    }
  }
};

// Uploads were committed without waiting for the disk: what came of them before a crash of the
// database may be gone. Nothing else waits for their rows, so they are counted before the locks
// that others wait for.
void ReadUploads(Transaction& transaction, const Needs& needs, WorkSet* set) {
  if (needs.uploads.empty()) {
    return;
  }
  for (const UploadedBody& upload : LockUploads(transaction, needs.uploads)) {
    set->uploads[upload.key] = upload.octets;
  }
}

void Lock(Transaction& transaction, const Needs& needs, WorkSet* set) {
  const std::vector<AccountId> ids(needs.accounts.begin(), needs.accounts.end());
  const std::vector<MailboxKey> keys(needs.mailboxes.begin(), needs.mailboxes.end());
  LockedRows locked;
  if (ids.empty() && !keys.empty()) {
    locked.mailboxes = LockMailboxes(transaction, keys);
  } else if (!ids.empty()) {
    locked = LockRows(transaction, ids, keys);
  }
  for (AccountState& state : locked.accounts) {
    const AccountId id = state.id;
    set->accounts[id].state = state;
  }
  for (MailboxState& state : locked.mailboxes) {
    WorkMailbox& mailbox = set->mailboxes[state.key];
    mailbox.before = state.highest_modseq;
    mailbox.keywords_before = state.keywords.size();
    mailbox.state = std::move(state);
  }
}

void ReadMessages(Transaction& transaction, const Needs& needs, MessageLookup* lookup,
                  WorkSet* set) {
  std::vector<std::pair<MailboxKey, uint32_t>> missing;
  for (const auto& [key, uids] : needs.messages) {
    WorkMailbox* mailbox = set->FindMailbox(key);
    if (mailbox == nullptr) {
      continue;
    }
    const std::vector<uint32_t> wanted(uids.begin(), uids.end());
    std::vector<MessageRow> rows;
    if (lookup != nullptr && lookup->FindMessages(key, mailbox->before, wanted, &rows)) {
      for (const MessageRow& row : rows) {
        mailbox->messages[row.uid.value()].row = row;
      }
      continue;
    }
    for (const uint32_t uid : wanted) {
      missing.emplace_back(key, uid);
    }
  }
  if (missing.empty()) {
    return;
  }
  for (const PlacedMessage& message : LoadMessages(transaction, missing)) {
    WorkMailbox& mailbox = *set->FindMailbox(message.mailbox);
    MessageRow& row = mailbox.messages[message.row.uid.value()].row;
    row = message.row;
    row.modseq = std::max(row.modseq, mailbox.state.message_floor);
  }
}

void ReadReferences(Transaction& transaction, const Needs& needs, WorkSet* set) {
  std::vector<BlobKey> blobs;
  for (const auto& [key, uids] : needs.counted) {
    const WorkMailbox* mailbox = set->FindMailbox(key);
    if (mailbox == nullptr) {
      continue;
    }
    for (const uint32_t uid : uids) {
      if (const auto it = mailbox->messages.find(uid); it != mailbox->messages.end()) {
        blobs.push_back({key.account, it->second.row.blob});
      }
    }
  }
  if (blobs.empty()) {
    return;
  }
  for (const BlobCount& count : LoadBlobCounts(transaction, blobs)) {
    set->references[count.key] = {.before = count.n, .now = count.n, .recorded = true};
  }
}

void Read(Transaction& transaction, const Needs& needs, const TransactOptions& options,
          WorkSet* set) {
  if (options.check_keys && !needs.keys.empty()) {
    for (RecordedResult& result : LoadResults(transaction, needs.keys)) {
      set->known_results[{result.account, result.key}] = std::move(result.result);
    }
  }
  if (!needs.maildrops.empty()) {
    for (MaildropLock& lock : LoadMaildropLocks(transaction, needs.maildrops)) {
      set->maildrop_holders[lock.account] = std::move(lock.holder);
    }
  }
  ReadMessages(transaction, needs, options.lookup, set);
  ReadReferences(transaction, needs, set);
  if (!needs.sending.empty()) {
    set->sending = ReserveSending(transaction, needs.sending, options.sending_limit, options.now);
  }
  if (needs.queue_ids > 0) {
    // Given out from the back: the least first.
    set->queue_ids = TakeQueueIds(transaction, needs.queue_ids);
    std::reverse(set->queue_ids.begin(), set->queue_ids.end());
  }
}

// A delivery that is refused may be the repetition of one that used up what there was: then it has
// been done.
void LookUpRefused(Transaction& transaction, absl::Span<BatchMember> members) {
  std::map<std::pair<AccountId, std::string>, BatchMember*> refused;
  std::vector<std::pair<AccountId, std::string>> keys;
  for (BatchMember& member : members) {
    const auto* add = std::get_if<AddOp>(member.op);
    if (add != nullptr && !add->key.empty() && absl::IsResourceExhausted(member.status)) {
      keys.emplace_back(add->FirstAccount(), add->key);
      refused[keys.back()] = &member;
    }
  }
  if (keys.empty()) {
    return;
  }
  for (const RecordedResult& result : LoadResults(transaction, keys)) {
    BatchMember& member = *refused[{result.account, result.key}];
    member.status = ReadResult(result.result, &std::get<AddOp>(*member.op));
  }
}

// Locks, reads, and applies the operations in memory.
void Run(Transaction& transaction, absl::Span<BatchMember> members, const TransactOptions& options,
         WorkSet* set) {
  Needs needs;
  for (const BatchMember& member : members) {
    std::visit([&needs](const auto& op) { needs.Add(op); }, *member.op);
  }
  set->now = options.now;
  ReadUploads(transaction, needs, set);
  Lock(transaction, needs, set);
  Read(transaction, needs, options, set);
  for (BatchMember& member : members) {
    set->BeginOperation();
    member.status = std::visit([set](auto& op) { return Apply(op, *set); }, *member.op);
  }
  if (!options.check_keys) {
    LookUpRefused(transaction, members);
  }
}

// Whether a crash may take the operation back. Who relies on flags changes them on a condition.
bool MayBeLost(const Op& op) {
  if (const auto* flags = std::get_if<FlagsOp>(&op)) {
    return !flags->unchanged_since.has_value() && flags->key.empty();
  }
  return std::holds_alternative<ClaimRecentOp>(op);
}

// Whether the commit need not wait for the disk. If nothing but MODSEQs that are not reserved is in
// the way, or a new keyword, the mailbox reserves some with this commit, for those after it.
bool NeedNotWait(absl::Span<const BatchMember> members, WorkSet* set) {
  const auto may_be_lost = [](const BatchMember& member) { return MayBeLost(*member.op); };
  if (!std::all_of(members.begin(), members.end(), may_be_lost)) {
    return false;
  }
  bool need_not = true;
  for (auto& [key, mailbox] : set->mailboxes) {
    if (!mailbox.MayBeLost()) {
      mailbox.state.reserved = ModSeq(mailbox.state.highest_modseq.value() + kReservedModSeqs);
      need_not = false;
    }
  }
  return need_not;
}

}  // namespace

Commit Transact(Connection& connection, absl::Span<BatchMember> members,
                const TransactOptions& options) {
  Transaction transaction(connection);
  WorkSet set;
  Run(transaction, members, options, &set);
  const bool later = !options.synchronous_flag_changes && NeedNotWait(members, &set);
  Commit commit = WriteBack(transaction, set, options);
  // A result is recorded though nothing was changed: that it is there already is how a repetition
  // shows.
  if (commit.mailboxes.empty() && set.released_maildrops.empty() && !commit.queued &&
      set.results.empty()) {
    return commit;
  }
  if (commit.queued) {
    failpoint::Reach(failpoint::Point::kStoreAcceptEnqueued);
  }
  if (later) {
    transaction.CommitLater();
  } else {
    transaction.Commit();
  }
  return commit;
}

Commit TransactWithin(Transaction& transaction, absl::Span<BatchMember> members,
                      const TransactOptions& options) {
  WorkSet set;
  Run(transaction, members, options, &set);
  return WriteBack(transaction, set, options);
}

}  // namespace posthorn::store
