// What the services of mailstore work with: sessions with PostgreSQL, the batcher, caches and the
// feed, wired together.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "mailstore/account_turns.h"
#include "mailstore/batch/batcher.h"
#include "mailstore/batch/commit.h"
#include "mailstore/cache/header_columns.h"
#include "mailstore/cache/index_cache.h"
#include "mailstore/cache/message_cache.h"
#include "mailstore/cache/row_reader.h"
#include "mailstore/changes/change_hub.h"
#include "mailstore/changes/replica_feed.h"
#include "mailstore/db/pool.h"
#include "mailstore/db/watchdog.h"
#include "mailstore/memory_budget.h"
#include "mailstore/outbound/queue_options.h"
#include "mailstore/outbound/refreshed.h"
#include "mailstore/outbound/sending_rules.h"
#include "mailstore/outbound/signer.h"

namespace posthorn::store {

struct StoreOptions {
  std::string database_url;
  std::chrono::milliseconds statement_timeout{30'000};
  size_t read_sessions = 4;
  size_t body_sessions = 3;
  size_t write_lanes = 2;
  uint64_t max_message_bytes = 64 << 20;
  size_t memory_budget_bytes = 256 << 20;             // bodies in flight, in both directions
  std::chrono::milliseconds memory_patience{20'000};  // how long a body waits for its share
  size_t index_cache_bytes = 256 << 20;
  size_t metadata_cache_bytes = 256 << 20;
  size_t body_cache_bytes = 256 << 20;
  size_t header_cache_bytes = 256 << 20;
  int64_t discard_grace_seconds = 3'600;
  bool synchronous_flag_changes = false;  // they wait for the disk too
  size_t outbound_sessions = 3;
  QueueOptions queue;
  QueryObserver* observer = nullptr;
};

// Thread-safe. Outlives every call that uses it.
class Store final : private CommitListener {
 public:
  explicit Store(StoreOptions options);
  ~Store() override;

  const StoreOptions& options() const { return options_; }
  // Short statements.
  Pool& reads() { return reads_; }
  // Bodies, in both directions. What is uploaded here becomes durable with the transaction that
  // makes the message.
  Pool& bodies() { return bodies_; }
  // Transactions of the outbound queue.
  Pool& outbound() { return outbound_; }
  Refreshed<SendingRules>& sending_rules() { return sending_rules_; }
  Signer& signer() { return signer_; }
  // What is called, from any thread, when this replica has put mail into the queue; null: nothing.
  // What it replaces is called no more afterwards.
  void OnQueued(std::function<void()> ring);
  Batcher& batcher() { return batcher_; }
  RowReader& rows() { return rows_; }
  IndexCache& indexes() { return indexes_; }
  MessageCache& messages() { return messages_; }
  HeaderCache& headers() { return headers_; }
  ChangeHub& hub() { return hub_; }
  // Shares of memory_budget_bytes, so that slow clients of one kind keep no others waiting.
  // Messages that arrive as fast as a client sends them:
  MemoryBudget& budget() { return budget_; }
  // those that came whole and wait for nothing but their commit:
  MemoryBudget& whole_budget() { return whole_budget_; }
  // and bodies that leave as fast as a client reads them, or are searched.
  MemoryBudget& read_budget() { return read_budget_; }
  // Headers that are on their way into the cache, or are used and not kept. What is larger than all
  // of it is read alone.
  MemoryBudget& header_budget() { return header_budget_; }
  // Searches that read headers or bodies.
  AccountTurns& searches() { return searches_; }

  // After a commit that did not go through the batcher.
  void Publish(const Commit& commit) { OnCommit(commit); }
  void Publish(const MailboxChange& change);
  // The account's mailboxes, their names or its subscriptions are others now.
  void PublishList(AccountId account) { Publish({{account, kMailboxList}, ModSeq(0)}); }
  // Annotations of the account or of its mailboxes are others since this version.
  void PublishAnnotations(AccountId account, int64_t version) {
    Publish({{account, kAnnotations}, ModSeq(version)});
  }

 private:
  void OnCommit(const Commit& commit) override;

  const StoreOptions options_;
  MemoryBudget budget_;
  MemoryBudget whole_budget_;
  MemoryBudget read_budget_;
  MemoryBudget header_budget_;
  AccountTurns searches_;
  IndexCache indexes_;
  MessageCache messages_;
  HeaderCache headers_;
  ChangeHub hub_;
  Watchdog watchdog_;  // of all sessions
  ReplicaFeed feed_;
  Refreshed<SendingRules> sending_rules_;
  Signer signer_;
  std::mutex ringing_;
  std::function<void()> on_queued_;  // with ringing_
  Pool reads_;
  Pool bodies_;
  RowReader rows_{reads_, FindMailboxes};
  Pool outbound_;
  Batcher batcher_;  // last: it calls back into the others
};

// The settings of a session with the store's database, which needs the schema.
ConnectionOptions SessionOptions(const StoreOptions& options, const char* purpose,
                                 Watchdog* watchdog = nullptr);

}  // namespace posthorn::store
