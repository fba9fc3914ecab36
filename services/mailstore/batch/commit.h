// What a committed batch changed, for caches and the change feed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/ids.h"
#include "mailstore/storage/body.h"
#include "mailstore/storage/mailbox_state.h"
#include "mailstore/storage/message_row.h"

namespace posthorn::store {

struct CommittedMailbox {
  ModSeq before;                    // highest_modseq before the batch
  MailboxState state;               // after it
  std::vector<MessageRow> upserts;  // messages that came or changed, by UID
  std::vector<uint32_t> removed;    // ascending
  bool only_flags = false;          // no message came or went, and no keyword is new
};

struct CommittedBlob {
  BlobKey key;
  std::shared_ptr<const StoredMessage> message;
};

struct Commit {
  std::vector<CommittedMailbox> mailboxes;
  std::vector<CommittedBlob> blobs;
  bool queued = false;  // there is more in the outbound queue
};

// Told of every commit of this replica, from the thread that made it, before its callers get their
// answers.
class CommitListener {
 public:
  virtual ~CommitListener() = default;
  virtual void OnCommit(const Commit& commit) = 0;
};

// Messages that are in memory, so that a batch need not read them. Thread-safe.
class MessageLookup {
 public:
  virtual ~MessageLookup() = default;
  // Appends those of `uids` that exist in the mailbox at exactly this MODSEQ. False if it does not
  // have the mailbox in that state: then nothing was appended.
  virtual bool FindMessages(MailboxKey mailbox, ModSeq at, absl::Span<const uint32_t> uids,
                            std::vector<MessageRow>* rows) = 0;
};

}  // namespace posthorn::store
