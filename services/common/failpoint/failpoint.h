// Faults at named points (points.h), for tests: there the process is killed, goes on only after a
// while, or an answer is lost. The environment says so when the process starts, and nothing else
// can:
//
//   POSTHORN_FAILPOINTS=store.settle.written=kill@3,relay.talk.replied=stall:5
//
// NAME=ACTION or NAME=ACTION@N: once, when the point is reached for the Nth time (1). Actions are
// "kill" (as by kill -9), "stall:SECONDS" and, at points that take it, "error" (UNAVAILABLE). A
// process so started logs a warning, and one more at each fault.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/failpoint/points.h"

namespace posthorn::failpoint {

inline constexpr char kVariable[] = "POSTHORN_FAILPOINTS";

namespace internal {
inline std::atomic<bool> armed{false};
void Block(Point point);
}  // namespace internal

// Before there are threads. INVALID_ARGUMENT for what is no specification; then nothing is armed.
absl::Status Arm(absl::string_view specification);
void Disarm();

// Whether any point has an action: without one a point costs this load and a branch.
inline bool Armed() { return internal::armed.load(std::memory_order_relaxed); }

// On a thread that may block; a stall keeps it.
inline void Reach(Point point) {
  if (Armed()) [[unlikely]] {
    internal::Block(point);
  }
}

// In a coroutine, behind Armed(). A stall suspends it. Not OK: the answer is to be lost.
boost::asio::awaitable<absl::Status> Pass(Point point);

// In a coroutine that has no answer to lose, as it is.
boost::asio::awaitable<void> Halt(Point point);

}  // namespace posthorn::failpoint
