// Workers that wait for work: one look at the queue serves all of them.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/server_call.h"
#include "common/runtime/runtime.h"
#include "mailstore/db/pool.h"
#include "mailstore/outbound/claim_rows.h"
#include "mailstore/outbound/finish.h"

namespace posthorn::store {

// Looks when a worker comes, when this replica has enqueued (Ring), and every 200 to 500 ms while
// workers wait: for what other replicas enqueue, and what falls due. Thread-safe; outlives its
// calls.
class ClaimQueue {
 public:
  ClaimQueue(runtime::Runtime& runtime, Pool& pool, Finisher& finisher);

  // Begins to look, in the background.
  void Start();
  // Where Claim runs.
  const boost::asio::any_io_executor& executor() const { return executor_; }
  // Nothing if there was no work until the time was over. UNAVAILABLE once the store drains. A
  // worker that is gone gets no work, which would wait for the end of its lease.
  boost::asio::awaitable<absl::StatusOr<std::optional<v1::Work>>> Claim(
      SlotWanted wanted, std::chrono::milliseconds patience, const rpc::Cancellation& cancellation);
  // There may be work. From any thread.
  void Ring();
  // Nobody waits any more. From any thread.
  void Drain();

 private:
  struct Waiter;
  using Waiters = std::vector<std::shared_ptr<Waiter>>;

  boost::asio::awaitable<void> Work();
  boost::asio::awaitable<void> Rest();
  Waiters TakeWaiters();
  // Whether there may be more.
  boost::asio::awaitable<bool> Serve(const Waiters& waiters);
  void PutBack(const Waiters& unserved);
  void Answer(const std::shared_ptr<Waiter>& waiter, absl::StatusOr<std::optional<v1::Work>> work);

  runtime::Runtime& runtime_;
  Pool& pool_;
  Finisher& finisher_;
  const boost::asio::any_io_executor executor_;
  boost::asio::steady_timer bell_;  // on executor_
  std::mutex mutex_;                // of all below
  std::list<std::shared_ptr<Waiter>> waiting_;
  bool rung_ = false;
  bool posted_ = false;  // a Ring is on its way to the executor
  bool draining_ = false;
};

}  // namespace posthorn::store
