// How much memory bodies in flight may take.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/statusor.h"

namespace posthorn::store {

// Thread-safe; must outlive its leases.
class MemoryBudget {
 public:
  // `patience`: how long a call waits for its turn.
  explicit MemoryBudget(size_t bytes, std::chrono::milliseconds patience = std::chrono::seconds(20))
      : total_(bytes), patience_(patience), free_(bytes) {}

  // Gives its bytes back when it goes.
  class Lease {
   public:
    Lease() = default;
    Lease(MemoryBudget* budget, size_t bytes) : budget_(budget), bytes_(bytes) {}
    Lease(Lease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Lease& operator=(Lease&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Lease() {
      if (budget_ != nullptr) {
        budget_->Release(bytes_);
      }
    }

   private:
    MemoryBudget* budget_ = nullptr;
    size_t bytes_ = 0;
  };

  // Those who wait get their leases in the order in which they came; ResourceExhausted
  // (REASON_OVERLOADED) when patience is at its end. More than the whole budget is cut to it. Take
  // one lease at a time: two could wait for each other.
  boost::asio::awaitable<absl::StatusOr<Lease>> Acquire(size_t bytes);
  size_t total() const { return total_; }

 private:
  struct Waiter;

  void Release(size_t bytes);
  void Grant();  // with mutex_ held

  const size_t total_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  size_t free_;
  std::list<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace posthorn::store
