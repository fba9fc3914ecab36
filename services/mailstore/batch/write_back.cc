#include "mailstore/batch/write_back.h"

#include <map>
#include <utility>
#include <vector>

#include "mailstore/maildrop/maildrop_rows.h"
#include "mailstore/storage/blob_rows.h"
#include "mailstore/storage/change_log.h"
#include "mailstore/storage/idempotency_rows.h"
#include "mailstore/storage/mailbox_rows.h"
#include "mailstore/storage/message_rows.h"

namespace posthorn::store {
namespace {

// The rows to write, table by table.
struct Writes {
  std::vector<PlacedMessage> inserted;
  std::vector<PlacedMessage> changed;
  std::vector<std::pair<MailboxKey, uint32_t>> removed;
  std::vector<LoggedChange> log;
  std::vector<const MailboxState*> mailboxes;
};

void Collect(const WorkMailbox& mailbox, Writes* writes, Commit* commit) {
  const MailboxKey key = mailbox.state.key;
  CommittedMailbox committed{.before = mailbox.before, .state = mailbox.state};
  committed.only_flags = mailbox.keywords_before == mailbox.state.keywords.size();
  std::vector<uint32_t> changed_uids;
  for (const auto& [uid, message] : mailbox.messages) {
    if (message.removed) {
      if (!message.inserted) {
        writes->removed.emplace_back(key, uid);
        committed.removed.push_back(uid);
      }
      committed.only_flags = false;
    } else if (message.inserted || message.changed) {
      (message.inserted ? writes->inserted : writes->changed).push_back({key, message.row});
      committed.upserts.push_back(message.row);
      changed_uids.push_back(uid);
      committed.only_flags = committed.only_flags && !message.inserted;
    }
  }
  const ModSeq modseq = mailbox.state.highest_modseq;
  if (!changed_uids.empty()) {
    writes->log.push_back({key, modseq, ChangeKind::kChanged, std::move(changed_uids)});
  }
  if (!committed.removed.empty()) {
    writes->log.push_back({key, modseq, ChangeKind::kRemoved, committed.removed});
  }
  writes->mailboxes.push_back(&mailbox.state);
  commit->mailboxes.push_back(std::move(committed));
}

void WriteReferences(Transaction& transaction, const WorkSet& set, int64_t due_at) {
  std::vector<BlobCount> counts;
  std::vector<BlobKey> forget;
  std::vector<BlobKey> discard;
  for (const auto& [key, reference] : set.references) {
    if (reference.now > 1 && reference.now != reference.before) {
      counts.push_back({key, reference.now});
    }
    if (reference.now <= 1 && reference.recorded) {
      forget.push_back(key);
    }
    if (reference.now <= 0) {
      discard.push_back(key);
    }
  }
  if (!counts.empty()) {
    SetBlobCounts(transaction, counts);
  }
  if (!forget.empty()) {
    ForgetBlobCounts(transaction, forget);
  }
  if (!discard.empty()) {
    DiscardBlobs(transaction, discard, due_at);
  }
}

void WriteBlobs(Transaction& transaction, const WorkSet& set, Commit* commit) {
  if (set.new_blobs.empty()) {
    return;
  }
  std::vector<NewBlob> blobs;
  std::vector<BlobKey> uploaded;
  for (const WorkSet::Blob& blob : set.new_blobs) {
    blobs.push_back({blob.key, blob.message.get()});
    commit->blobs.push_back({blob.key, blob.message});
    if (blob.uploaded) {
      uploaded.push_back(blob.key);
    }
  }
  InsertBlobs(transaction, blobs);
  if (!uploaded.empty()) {
    KeepBlobs(transaction, uploaded);
  }
}

void CopyBodies(Transaction& transaction, const WorkSet& set) {
  std::map<std::pair<AccountId, AccountId>, std::vector<std::pair<BlobId, BlobId>>> copies;
  for (const WorkSet::BlobCopy& copy : set.copied_blobs) {
    copies[{copy.from.account, copy.to.account}].emplace_back(copy.from.blob, copy.to.blob);
  }
  for (const auto& [accounts, blobs] : copies) {
    CopyBlobs(transaction, accounts.first, accounts.second, blobs);
  }
}

void WriteResults(Transaction& transaction, const WorkSet& set, int64_t now) {
  if (set.results.empty()) {
    return;
  }
  std::vector<RecordedResult> results;
  for (const WorkSet::Result& result : set.results) {
    results.push_back({result.account, result.key, result.octets});
  }
  RecordResults(transaction, results, now);
}

}  // namespace

Commit WriteBack(Transaction& transaction, const WorkSet& set, const TransactOptions& options) {
  Commit commit;
  Writes writes;
  for (const auto& [key, mailbox] : set.mailboxes) {
    if (mailbox.dirty) {
      Collect(mailbox, &writes, &commit);
    }
  }
  // First what can fail by a repeated key.
  WriteResults(transaction, set, options.now);
  WriteBlobs(transaction, set, &commit);
  CopyBodies(transaction, set);
  if (!writes.inserted.empty()) {
    InsertMessages(transaction, writes.inserted);
  }
  if (!writes.changed.empty()) {
    UpdateMessageFlags(transaction, writes.changed);
  }
  if (!writes.removed.empty()) {
    DeleteMessages(transaction, writes.removed);
  }
  WriteReferences(transaction, set, options.now + options.discard_grace);
  if (!writes.log.empty()) {
    InsertChanges(transaction, writes.log, options.now);
  }
  if (!writes.mailboxes.empty()) {
    UpdateMailboxes(transaction, writes.mailboxes);
  }
  std::vector<const AccountState*> accounts;
  for (const auto& [id, account] : set.accounts) {
    if (account.dirty) {
      accounts.push_back(&account.state);
    }
  }
  if (!accounts.empty()) {
    UpdateAccounts(transaction, accounts);
  }
  ReturnSending(transaction, set.sending, options.now);
  if (!set.queued.empty()) {
    InsertQueued(transaction, set.queued);
    commit.queued = true;
  }
  if (!set.released_maildrops.empty()) {
    DeleteMaildropLocks(transaction, set.released_maildrops);
  }
  return commit;
}

}  // namespace posthorn::store
