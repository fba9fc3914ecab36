// Reads of rows that share statements: those asked for while one is under way go into the next.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/rpc/completion.h"
#include "mailstore/db/pool.h"
#include "mailstore/gathering.h"

namespace posthorn::store {

// Thread-safe. Outlives every call that uses it; the pool outlives it.
template <class Key, class Row>
class SharedReader {
 public:
  using Found = absl::StatusOr<std::optional<Row>>;
  // Reads the rows of keys, which ascend: one for each key, empty if there is none.
  using Load = std::vector<std::optional<Row>> (*)(Connection& connection,
                                                   absl::Span<const Key> keys);

  SharedReader(Pool& pool, Load load) : pool_(pool), load_(load) {}
  ~SharedReader() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !under_way_; });
  }

  // As committed when the call began, or later. Empty if there is no such row.
  boost::asio::awaitable<Found> Read(Key key) {
    rpc::Completion<Found> done(co_await boost::asio::this_coro::executor);
    auto start = [&] { Enqueue({std::move(key), &done}); };
    co_return co_await done.Wait(start);
  }

 private:
  using Rows = absl::StatusOr<std::vector<std::optional<Row>>>;
  static constexpr size_t kMostKeys = 1'000;  // of one statement
  static constexpr int kTurns = 64;           // statements before the thread is given back

  struct Waiting {
    Key key;
    rpc::Completion<Found>* done;
  };
  using Batch = std::vector<Waiting>;

  void Enqueue(Waiting waiting) {
    bool begins = false;
    bool complete = false;
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(waiting));
      begins = !std::exchange(under_way_, true);
      complete = gathering_.CompletedBy(waiting_.size());
    }
    if (begins) {
      Begin();
    } else if (complete) {
      changed_.notify_all();
    }
  }

  void Begin() {
    pool_.Post([this](absl::StatusOr<Connection*> connection) { return Work(connection); });
  }

  // On a thread of the pool, until nobody waits, or others may want the thread.
  bool Work(const absl::StatusOr<Connection*>& connection) {
    bool reachable = true;
    for (int turn = 0; turn < kTurns; ++turn) {
      const Batch batch = Gather();
      if (batch.empty()) {
        return reachable;
      }
      const auto began = std::chrono::steady_clock::now();
      const std::vector<Key> keys = KeysOf(batch);
      auto load = [&](Connection& session) -> Rows { return load_(session, keys); };
      const Rows rows = connection.ok() ? RunGuarded<Rows>(**connection, load, &reachable)
                                        : Rows(connection.status());
      Keep(batch.size(), std::chrono::steady_clock::now() - began);
      for (const Waiting& waiting : batch) {
        if (!rows.ok()) {
          waiting.done->Complete(rows.status());
          continue;
        }
        const auto at = std::lower_bound(keys.begin(), keys.end(), waiting.key) - keys.begin();
        waiting.done->Complete((*rows)[static_cast<size_t>(at)]);
      }
    }
    Begin();
    return reachable;
  }

  // Ends the work if nobody waits.
  Batch Gather() {
    std::unique_lock lock(mutex_);
    if (!waiting_.empty()) {
      gathering_.Await(lock, changed_, [this] { return waiting_.size(); }, [] { return false; });
    }
    const auto end = waiting_.begin() + std::min(waiting_.size(), kMostKeys);
    Batch batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    under_way_ = !batch.empty();
    if (!under_way_) {
      changed_.notify_all();
    }
    return batch;
  }

  void Keep(size_t answered, std::chrono::nanoseconds took) {
    const std::lock_guard lock(mutex_);
    gathering_.Keep(answered, took);
  }

  static std::vector<Key> KeysOf(const Batch& batch) {
    std::vector<Key> keys;
    keys.reserve(batch.size());
    for (const Waiting& waiting : batch) {
      keys.push_back(waiting.key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  Pool& pool_;
  const Load load_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  Batch waiting_;
  Gathering gathering_{std::chrono::milliseconds(1)};
  bool under_way_ = false;  // a thread works
};

}  // namespace posthorn::store
