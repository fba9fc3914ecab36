#include "mailstore/db/pool.h"

#include "common/rpc/status.h"

namespace posthorn::store {

Pool::Pool(PoolOptions options) : options_(std::move(options)) {
  for (size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

Pool::~Pool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void Pool::Post(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() < options_.max_queued) {
      queue_.push_back(std::move(job));
      job = nullptr;
    }
  }
  if (job != nullptr) {
    job(rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_OVERLOADED,
                       "too many database calls are waiting"));
    return;
  }
  wake_.notify_one();
}

void Pool::Work() {
  Connection connection(options_.connection);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) {
      return;
    }
    Job job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const bool reachable = job(&connection);
    job = nullptr;
    if (!reachable) {
      FailQueued(rpc::MakeError(absl::StatusCode::kUnavailable,
                                v1::ErrorDetail::REASON_STORE_UNAVAILABLE,
                                "the database cannot be reached"));
    }
    lock.lock();
  }
}

void Pool::FailQueued(const absl::Status& status) {
  std::deque<Job> failed;
  {
    std::lock_guard lock(mutex_);
    failed.swap(queue_);
  }
  for (Job& job : failed) {
    job(status);
  }
}

}  // namespace posthorn::store
