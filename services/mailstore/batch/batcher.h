// Group commit: gathers the writes of many callers into few transactions.
//
// One lane, a thread with a database session, commits; the operations that come meanwhile wait,
// and up to max_ops of them go into the next transaction, for which as many as the last one had
// are awaited (gathering.h). So one flush of the log serves many messages, few statements do
// the work of many, and a caller alone does not wait for others. Another lane takes what waits when
// a transaction takes long or many wait, but no account's operations while a lane has some
// of the same: they would wait for its locks. An operation on several accounts counts as the first
// one's.
//
// Rules kept:
//  - An operation is answered after its transaction was committed, never before. The commit waits
//    for the disk, but for that of changes of flags only (storage/crash_recovery.h).
//  - An operation that cannot be done fails alone. When the database refuses a batch, its members
//    are tried one by one.
//  - When the session is lost before COMMIT, the batch runs again. When it is lost during COMMIT it
//    runs again too, and recorded results tell what had been done; operations without a key give
//    the same state when they run twice. If that cannot be found out: REASON_OUTCOME_UNKNOWN.
//  - Listeners hear of a commit before its callers do, and of an account's operations in their
//    order.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "mailstore/batch/commit.h"
#include "mailstore/batch/op.h"
#include "mailstore/batch/transact.h"
#include "mailstore/db/connection.h"
#include "mailstore/gathering.h"

namespace posthorn::store {

struct BatcherOptions {
  ConnectionOptions connection;
  size_t lanes = 2;
  size_t max_ops = 64;            // in one transaction
  size_t max_weight = 4 << 20;    // octets, roughly; a heavier operation goes alone
  size_t max_queued = 4'000;      // operations that wait; more are refused, REASON_OVERLOADED
  int64_t discard_grace = 3'600;  // seconds
  bool synchronous_flag_changes = false;
  int32_t sending_limit = 0;  // recipients a day of submitters without a limit of their own; 0: any
};

// Thread-safe. The destructor finishes what is queued.
class Batcher {
 public:
  // Listener and lookup may be null; they must outlive the batcher.
  Batcher(BatcherOptions options, CommitListener* listener, MessageLookup* lookup);
  ~Batcher();

  // Runs the operation and fills in its result. Resumes on the caller's executor.
  boost::asio::awaitable<absl::Status> Run(std::shared_ptr<Op> op);

 private:
  using Done = absl::AnyInvocable<void(absl::Status)>;
  struct Waiting {
    std::shared_ptr<Op> op;
    AccountId account;
    size_t weight = 0;
    Done done;
  };
  struct Lane {
    explicit Lane(const ConnectionOptions& options) : connection(options) {}
    Connection connection;
    std::thread thread;
  };

  void Enqueue(std::shared_ptr<Op> op, Done done);
  void Work(Lane& lane);
  // Whether a lane that has nothing to do is to begin a transaction.
  bool IsTurn() const;
  // Until it is; false when it is time to stop.
  bool AwaitTurn(std::unique_lock<std::mutex>& lock);
  // Takes the operations of the next transaction from the queue.
  std::vector<Waiting> Gather(std::unique_lock<std::mutex>& lock);
  void RunBatch(Lane& lane, absl::Span<Waiting> batch);
  // False if the database cannot be reached.
  bool Execute(Lane& lane, absl::Span<BatchMember> members, bool check_keys);
  void FailQueued(const absl::Status& status);

  const BatcherOptions options_;
  CommitListener* const listener_;
  MessageLookup* const lookup_;
  std::vector<std::unique_ptr<Lane>> lanes_;

  std::mutex mutex_;  // of what follows
  std::deque<Waiting> queue_;
  std::condition_variable came_;  // for the lane that gathers
  std::condition_variable turn_;  // for those that have nothing to do
  Gathering gathering_{std::chrono::milliseconds(2)};
  bool gathers_ = false;                 // a lane does
  size_t running_ = 0;                   // transactions
  size_t watching_ = 0;                  // lanes that see to it that no transaction takes too long
  absl::flat_hash_set<AccountId> busy_;  // whose operations are in them
  std::chrono::steady_clock::time_point last_began_;
  bool stopping_ = false;
};

}  // namespace posthorn::store
