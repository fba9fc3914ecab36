// The least rate at which mail data must come (a slow client holds memory and a store's stream).
#pragma once

#include <chrono>
#include <cstdint>

namespace posthorn::smtp {

class DataRate {
 public:
  DataRate(uint64_t octets_per_second, std::chrono::seconds grace)
      : octets_per_second_(octets_per_second), grace_(grace) {}

  // Counts octets and the time that was spent waiting for the client; ours is not its fault.
  void Count(uint64_t octets, std::chrono::steady_clock::duration waited) {
    octets_ += octets;
    waited_ += waited;
  }

  bool TooSlow() const {
    const double seconds = std::chrono::duration<double>(waited_).count();
    return waited_ > grace_ &&
           static_cast<double>(octets_) < seconds * static_cast<double>(octets_per_second_);
  }

 private:
  uint64_t octets_per_second_;
  std::chrono::seconds grace_;
  uint64_t octets_ = 0;
  std::chrono::steady_clock::duration waited_{0};
};

}  // namespace posthorn::smtp
