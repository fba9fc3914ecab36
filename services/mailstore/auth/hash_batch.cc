#include "mailstore/auth/hash_batch.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <mutex>

#include "common/rpc/completion.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

// What the workers of one batch share; they may run on different threads.
struct Batch {
  HashPool& hashes;
  const Argon2Cost cost;
  const std::vector<std::string>& prepared;
  std::vector<std::string> records;
  std::atomic<size_t> next = 0;
  std::atomic<size_t> workers = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  absl::Status error;  // the first, under the mutex

  void Fail(const absl::Status& status) {
    failed = true;
    const std::lock_guard lock(mutex);
    error.Update(status);
  }
};

asio::awaitable<void> Work(Batch& batch) {
  for (;;) {
    const size_t index = batch.next.fetch_add(1);
    if (index >= batch.prepared.size() || batch.failed) {
      co_return;
    }
    auto hash = [&batch, index] { return HashPassword(batch.prepared[index], batch.cost); };
    absl::StatusOr<std::string> record = co_await batch.hashes.Run(hash);
    if (!record.ok()) {
      batch.Fail(record.status());
      co_return;
    }
    batch.records[index] = *std::move(record);
  }
}

}  // namespace

asio::awaitable<absl::StatusOr<std::vector<std::string>>> HashPasswords(
    HashPool& hashes, Argon2Cost cost, const std::vector<std::string>& prepared) {
  Batch batch{hashes, cost, prepared};
  batch.records.resize(prepared.size());
  const size_t workers = std::min(hashes.threads(), prepared.size());
  if (workers == 0) {
    co_return std::move(batch.records);
  }
  batch.workers = workers;
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  rpc::Completion<bool> finished(executor);
  auto ended = [&batch, &finished](const std::exception_ptr& error) {
    if (error) {
      batch.Fail(absl::InternalError("exception while hashing passwords"));
    }
    if (batch.workers.fetch_sub(1) == 1) {
      finished.Complete(true);
    }
  };
  auto start = [&] {
    for (size_t i = 0; i < workers; ++i) {
      asio::co_spawn(executor, Work(batch), ended);
    }
  };
  co_await finished.Wait(start);
  if (batch.failed) {
    const std::lock_guard lock(batch.mutex);
    co_return batch.error;
  }
  co_return std::move(batch.records);
}

}  // namespace posthorn::store
