// The state that a batch works on, in memory: rows as they were when they were locked, and what the
// batch made of them. Nothing here touches the database.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailstore/batch/op.h"
#include "mailstore/outbound/enqueue_rows.h"
#include "mailstore/outbound/sending_rows.h"
#include "mailstore/storage/account_rows.h"
#include "mailstore/storage/mailbox_state.h"
#include "mailstore/storage/message_row.h"

namespace posthorn::store {

// A message that the batch has read or made.
struct WorkMessage {
  MessageRow row;
  bool inserted = false;  // made by this batch
  bool changed = false;   // flags, keywords or MODSEQ
  bool removed = false;
};

struct WorkMailbox {
  MailboxState state;
  ModSeq before;               // highest_modseq as it was locked
  size_t keywords_before = 0;  // how many it had then
  bool dirty = false;
  size_t touched_by = 0;                     // the operation that changed it last
  std::map<uint32_t, WorkMessage> messages;  // by UID

  // RFC 7162 3.1: each operation that changes the mailbox has a MODSEQ of its own, greater than
  // all before it. Changes of one operation share it.
  ModSeq Touch(size_t operation) {
    dirty = true;
    if (touched_by != operation) {
      touched_by = operation;
      state.highest_modseq = ModSeq(state.highest_modseq.value() + 1);
    }
    return state.highest_modseq;
  }

  // Whether a crash may take back what the batch did here: no MODSEQ that it gave out is given out
  // again afterwards, and no bit of a keyword to another name.
  bool MayBeLost() const {
    return state.keywords.size() == keywords_before &&
           (state.highest_modseq == before || state.highest_modseq <= state.reserved);
  }
};

struct WorkAccount {
  AccountState state;
  bool dirty = false;
};

class WorkSet {
 public:
  // What follows is done for the next operation.
  void BeginOperation() { ++operation_; }

  // Null if it does not exist (or was not locked).
  WorkMailbox* FindMailbox(MailboxKey key);
  WorkAccount* FindAccount(AccountId id);

  // Adds a message under the mailbox's next UID, and counts it. Checks were made before.
  uint32_t Insert(WorkMailbox& mailbox, WorkAccount& account, MessageRow row);
  // Removes a live message and counts it off; its body loses a reference unless it moves on.
  void Remove(WorkMailbox& mailbox, WorkAccount& account, WorkMessage& message, bool keep_body);
  void SetFlags(WorkMailbox& mailbox, WorkMessage& message, uint32_t flags, uint64_t keywords);
  // Whether all octets of the message are there: those it holds itself and, unless the id is 0,
  // those that were uploaded under it.
  bool IsWhole(const StoredMessage& message, BlobKey uploaded) const;
  // The body of a new message, under the id it was uploaded under or, if that is 0, the next one.
  BlobId AddBlob(AccountId id, WorkAccount& account, std::shared_ptr<const StoredMessage> message,
                 BlobId uploaded);
  // The same for the queue. There are ids enough for all operations.
  void AddQueued(const QueuedMail& mail, std::shared_ptr<const StoredMessage> message);
  // A body of another account that goes to this one.
  BlobId CopyBlob(AccountId id, WorkAccount& account, BlobKey from);
  // Counts the recipients; false if that is more than the submitter may send to today.
  bool CountSending(const QueuedMail& mail);
  // Keeps the result of an operation for those that come under the same key, in this transaction
  // and later.
  void Record(AccountId account, const std::string& key, std::string octets);
  // One more message shares the blob, or one less.
  void AddReference(BlobKey blob, int n);

  // Bits of the keywords; unknown ones are added to the mailbox. Fails with REASON_TOO_MANY, then
  // nothing was added.
  absl::StatusOr<uint64_t> KeywordMask(WorkMailbox& mailbox, absl::Span<const std::string> names);

  struct Blob {
    BlobKey key;
    std::shared_ptr<const StoredMessage> message;
    bool uploaded = false;
  };
  struct Reference {
    int32_t before = 1;
    int32_t now = 1;
    bool recorded = false;  // has a row
  };
  struct Result {
    AccountId account;
    std::string key;
    std::string octets;
  };

  int64_t now = 0;  // Unix seconds
  std::map<MailboxKey, WorkMailbox> mailboxes;
  std::map<AccountId, WorkAccount> accounts;
  // A body that goes to another account with its message.
  struct BlobCopy {
    BlobKey from;
    BlobKey to;
  };
  std::map<BlobKey, int64_t> uploads;  // that are there: octets of the message in them
  std::vector<Blob> new_blobs;
  std::vector<BlobCopy> copied_blobs;
  std::map<BlobKey, Reference> references;
  std::vector<Result> results;                                             // to record
  std::map<std::pair<AccountId, std::string>, std::string> known_results;  // by key
  std::map<AccountId, std::string> maildrop_holders;  // of the locks that exist
  std::vector<AccountId> released_maildrops;
  std::vector<int64_t> queue_ids;  // not given out
  std::vector<NewQueued> queued;
  std::map<AccountId, SendingCount> sending;  // of submitters with a limit

 private:
  size_t operation_ = 1;
};

// Whether the account may take so many octets and messages more.
bool FitsQuota(const AccountState& account, int64_t bytes, int64_t messages = 1);
// Whether anything is left of its quota.
bool IsBelowQuota(const AccountState& account);

}  // namespace posthorn::store
