// Group commit: gathers the writes of many callers into few transactions.
//
// Each account belongs to one of a few lanes, a thread with a database session. While a lane
// commits, the operations that come meanwhile wait; then up to max_ops of them go into the next
// transaction, for which as many as the last one had are awaited, half as long as it took at most:
// its callers are about to come again. So one flush of the log serves many messages, and a caller
// alone does not wait for others.
//
// Rules kept:
//  - An operation is answered after its transaction was committed, never before. The commit waits
//    for the disk, but for that of changes of flags only (storage/crash_recovery.h).
//  - An operation that cannot be done fails alone. When the database refuses a batch, its members
//    are tried one by one.
//  - When the session is lost before COMMIT, the batch runs again. When it is lost during COMMIT it
//    runs again too, and recorded results tell what had been done; operations without a key give
//    the same state when they run twice. If that cannot be found out: REASON_OUTCOME_UNKNOWN.
//  - Listeners hear of a commit before its callers do, and in the order of the lane.
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

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "mailstore/batch/commit.h"
#include "mailstore/batch/op.h"
#include "mailstore/batch/transact.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

struct BatcherOptions {
  ConnectionOptions connection;
  size_t lanes = 2;
  size_t max_ops = 64;            // in one transaction
  size_t max_weight = 4 << 20;    // octets, roughly; a heavier operation goes alone
  size_t max_queued = 4'000;      // operations a lane holds; more are refused, REASON_OVERLOADED
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
    size_t weight = 0;
    Done done;
  };
  struct Lane {
    explicit Lane(const ConnectionOptions& options) : connection(options) {}
    Connection connection;
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Waiting> queue;
    size_t expected = 1;                    // operations of the last transaction
    std::chrono::nanoseconds last_took{0};  // used by the lane's thread only
    bool stopping = false;
    std::thread thread;
  };

  void Enqueue(std::shared_ptr<Op> op, Done done);
  void Work(Lane& lane);
  std::vector<Waiting> Gather(Lane& lane);
  // False if the database cannot be reached.
  bool Execute(Lane& lane, absl::Span<BatchMember> members, bool check_keys);
  void FailQueued(Lane& lane, const absl::Status& status);

  const BatcherOptions options_;
  CommitListener* const listener_;
  MessageLookup* const lookup_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace posthorn::store
