// What changes seldom and is needed with every message: read from the database every few seconds.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "mailstore/db/connection.h"

namespace posthorn::store {

// Thread-safe. A change made through another replica holds after `lifetime` at the latest.
template <typename T>
class Refreshed {
 public:
  using Clock = std::chrono::steady_clock;
  using Load = T (*)(Connection&);

  explicit Refreshed(Load load, Clock::duration lifetime = std::chrono::seconds(3))
      : load_(load), lifetime_(lifetime) {}

  // Null if it is to be read again.
  std::shared_ptr<const T> Peek() {
    const std::lock_guard lock(mutex_);
    return Clock::now() < until_ ? value_ : nullptr;
  }
  // Blocks, and throws what libpqxx throws, if it is to be read again.
  std::shared_ptr<const T> Get(Connection& connection) {
    if (auto value = Peek(); value != nullptr) {
      return value;
    }
    const Clock::time_point until = Clock::now() + lifetime_;
    auto value = std::make_shared<const T>(load_(connection));
    const std::lock_guard lock(mutex_);
    value_ = value;
    until_ = until;
    return value;
  }
  void Forget() {
    const std::lock_guard lock(mutex_);
    until_ = {};
  }

 private:
  const Load load_;
  const Clock::duration lifetime_;
  std::mutex mutex_;
  std::shared_ptr<const T> value_;
  Clock::time_point until_;
};

}  // namespace posthorn::store
