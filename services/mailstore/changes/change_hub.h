// The change feed inside a replica: those who watch mailboxes are told of new MODSEQs, whoever made
// them. Hints only (changes.proto).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "mailstore/ids.h"
#include "mailstore/storage/message_row.h"

namespace posthorn::store {

// Stands for an account's list of mailboxes and its subscriptions (changes.proto).
inline constexpr MailboxId kMailboxList{0};
// Stands for its annotations.
inline constexpr MailboxId kAnnotations{-1};

struct MailboxChange {
  // More changed messages than these are for the watcher to read.
  static constexpr size_t kMostChanged = 32;

  MailboxKey mailbox;
  ModSeq modseq;
  // Not 0: the mailbox came from this MODSEQ to `modseq` by nothing but these changes of flags.
  ModSeq since;
  std::vector<MessageRow> changed;

  // This change and the next one of the same mailbox become one.
  void Extend(const MailboxChange& next);
};

// One who watches: a stream to a gateway. Collects changes until they are taken, those of a mailbox
// as one, so its memory is bounded by what it watches.
class Watcher {
 public:
  explicit Watcher(boost::asio::any_io_executor executor) : executor_(executor), wake_(executor) {}

  struct Batch {
    std::vector<MailboxChange> changes;
    bool resync = false;  // changes may have been missed
    bool closed = false;
  };
  // Waits for something to tell. Called by one coroutine, on the executor.
  boost::asio::awaitable<Batch> Next();
  // Next() returns `closed` from now on. From any thread.
  static void Close(const std::shared_ptr<Watcher>& watcher);

 private:
  friend class ChangeHub;

  void Add(const MailboxChange& change);
  static void Wake(const std::shared_ptr<Watcher>& watcher);

  const boost::asio::any_io_executor executor_;
  boost::asio::steady_timer wake_;  // only on the executor
  std::mutex mutex_;
  absl::flat_hash_map<MailboxKey, MailboxChange> pending_;
  bool resync_ = false;
  bool closed_ = false;
  bool waking_ = false;
};

// Thread-safe.
class ChangeHub {
 public:
  void Watch(const std::shared_ptr<Watcher>& watcher, absl::Span<const MailboxKey> mailboxes);
  void Unwatch(const std::shared_ptr<Watcher>& watcher, absl::Span<const MailboxKey> mailboxes);
  // Forgets the watcher; to be called when its stream ends.
  void Leave(const std::shared_ptr<Watcher>& watcher);

  void Publish(absl::Span<const MailboxChange> changes);
  // To every watcher: something may have been missed.
  void Resync();
  // Ends all streams, for a drain; later watchers are closed at once.
  void Close();

  // Mailboxes that anyone watches.
  std::vector<MailboxKey> Watched() const;

 private:
  mutable std::mutex mutex_;
  absl::flat_hash_map<MailboxKey, absl::flat_hash_set<std::shared_ptr<Watcher>>> by_mailbox_;
  absl::flat_hash_map<std::shared_ptr<Watcher>, absl::flat_hash_set<MailboxKey>> by_watcher_;
  bool closed_ = false;
};

}  // namespace posthorn::store
