// The indexes of mailboxes in memory, kept up to date by this replica's own commits and, for those
// of other replicas, by the change log.
//
// What makes reads right is the barrier: every read that must show what was committed before it was
// received compares the index with the mailbox's row, and reads the difference. Everything else
// only makes the difference small.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/cache/byte_lru.h"
#include "mailstore/batch/commit.h"
#include "mailstore/cache/mailbox_columns.h"
#include "mailstore/db/connection.h"
#include "mailstore/storage/mailbox_state.h"

namespace posthorn::store {

// One mailbox. Thread-safe.
class MailboxIndex {
 public:
  // Runs read(const MailboxColumns&) with the index locked: short and without waiting.
  template <typename Fn>
  auto Read(Fn&& read) const {
    std::lock_guard lock(mutex_);
    return read(static_cast<const MailboxColumns&>(columns_));
  }

 private:
  friend class IndexCache;

  // Whether it is as new as the row.
  bool IsCurrent(const MailboxState& row) const;

  mutable std::mutex mutex_;  // of columns_ and loaded_
  MailboxColumns columns_;
  bool loaded_ = false;
  std::mutex refresh_;  // held by the one thread that reads the difference
};

// Thread-safe. Functions with a connection block: call them in a pool.
class IndexCache final : public MessageLookup {
 public:
  explicit IndexCache(size_t max_bytes) : entries_(max_bytes) {}

  // The mailbox as committed when the call began, or later. Null if it does not exist. Throws what
  // libpqxx throws.
  std::shared_ptr<MailboxIndex> Get(Connection& connection, MailboxKey key);
  // The same when its row has just been read.
  std::shared_ptr<MailboxIndex> Get(Connection& connection, const MailboxState& row);
  // The same if it is in memory; null otherwise. Does not block.
  std::shared_ptr<MailboxIndex> Current(const MailboxState& row);
  // What is in memory, old perhaps; null if nothing is.
  std::shared_ptr<MailboxIndex> Peek(MailboxKey key);

  void OnCommit(const CommittedMailbox& mailbox);
  void Forget(MailboxKey key) { entries_.Remove(key); }
  size_t bytes() const { return entries_.bytes(); }

  bool FindMessages(MailboxKey mailbox, ModSeq at, absl::Span<const uint32_t> uids,
                    std::vector<MessageRow>* rows) override;

 private:
  void Refresh(Connection& connection, MailboxKey key, MailboxIndex& index);

  ByteLru<MailboxKey, MailboxIndex> entries_;
};

}  // namespace posthorn::store
