// How long shared work waits for company. Those whom the last turn answered are about to come
// again: the next one awaits as many, for as long as that one took. Who is alone waits for nobody.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace posthorn::store {

// Guarded by the mutex of those who wait.
class Gathering {
 public:
  explicit Gathering(std::chrono::nanoseconds longest) : longest_(longest) {}

  // Whether one that has just come, the `waiting`-th, is the last that is awaited.
  bool CompletedBy(size_t waiting) const { return waiting == expected_; }

  // Until as many wait, as `waiting` counts, or `stop` is true.
  template <typename Count, typename Stop>
  void Await(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, Count waiting,
             Stop stop) const {
    changed.wait_for(lock, std::min(took_, longest_),
                     [&] { return stop() || waiting() >= expected_; });
  }

  // A turn has ended.
  void Keep(size_t answered, std::chrono::nanoseconds took) {
    expected_ = answered;
    took_ = took;
  }

 private:
  const std::chrono::nanoseconds longest_;
  size_t expected_ = 1;
  std::chrono::nanoseconds took_{0};
};

}  // namespace posthorn::store
