// The background work of a replica: deletes what is due, asks whether the database answers, and
// looks at watched mailboxes in case a change was not told.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "common/runtime/runtime.h"
#include "mailstore/store.h"

namespace posthorn::store {

struct UpkeepOptions {
  std::chrono::milliseconds probe_every{2'000};
  std::chrono::milliseconds report_every{1'000};
  std::chrono::milliseconds poll_every{5'000};
  std::chrono::milliseconds delete_every{30'000};
  // Callers repeat a write within minutes.
  int64_t keep_results_seconds = 2 * 3'600;
  int64_t keep_changes_seconds = 14 * 86'400;
  int64_t keep_delivery_log_seconds = 30 * 86'400;
};

class Upkeep {
 public:
  // Both must outlive it; it must outlive the runtime's last run.
  Upkeep(runtime::Runtime& runtime, Store& store, UpkeepOptions options)
      : runtime_(runtime), store_(store), options_(options) {}

  // `on_ready` is called every second with whether the database answers.
  void Start(std::function<void(bool)> on_ready);
  // OK if the database answered in the last 10 seconds. Does not block.
  absl::Status Ready() const;

 private:
  boost::asio::awaitable<void> Probe();
  boost::asio::awaitable<void> Report(std::function<void(bool)> on_ready);
  boost::asio::awaitable<void> PollWatched();
  boost::asio::awaitable<void> DeleteDue();

  runtime::Runtime& runtime_;
  Store& store_;
  const UpkeepOptions options_;
  std::atomic<int64_t> answered_at_{0};  // Unix seconds
  absl::flat_hash_map<MailboxKey, ModSeq> polled_;
};

}  // namespace posthorn::store
