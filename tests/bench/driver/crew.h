#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <vector>

#include "connection.h"

namespace posthorn::bench {

// Runs the clients of a workload side by side on the calling thread. A phase ends when all its
// clients have ended; the first exception of one of them ends the phase and is thrown from Run.
// Connections outlive a phase, so that opening them and using them can be timed apart.
class Crew {
 public:
  explicit Crew(std::chrono::seconds deadline)
      : end_(std::chrono::steady_clock::now() + deadline) {}

  boost::asio::io_context& io() { return io_; }
  // Returns the seconds that the phase took. Throws once the deadline has passed.
  double Run(std::vector<Awaitable<void>> clients);

 private:
  boost::asio::io_context io_{1};
  std::chrono::steady_clock::time_point end_;
};

}  // namespace posthorn::bench
