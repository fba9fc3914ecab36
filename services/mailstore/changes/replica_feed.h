// The change feed between replicas: NOTIFY and LISTEN of PostgreSQL, hints only.
//
// NOTIFY takes a lock of the whole database to the end of its transaction, so it is never part of a
// write: changes are gathered for a few milliseconds and sent on a session of their own whose
// commits do not wait for the disk.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "mailstore/changes/change_hub.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

// Two threads with a session each. Survives the loss of the sessions: watchers are then told to
// resync.
class ReplicaFeed {
 public:
  // The hub must outlive the feed.
  ReplicaFeed(ConnectionOptions options, ChangeHub* hub);
  ~ReplicaFeed();

  // Tells the other replicas. Never blocks.
  void Send(absl::Span<const MailboxChange> changes);

 private:
  void Notify();
  void Listen();
  void Receive(const std::string& payload);

  const ConnectionOptions options_;
  ChangeHub* const hub_;
  const std::string replica_;  // names this process: its own notifications are dropped
  std::mutex mutex_;
  std::condition_variable wake_;
  absl::flat_hash_map<MailboxKey, ModSeq> pending_;
  bool stopping_ = false;
  std::thread notifier_;
  std::thread listener_;
};

}  // namespace posthorn::store
