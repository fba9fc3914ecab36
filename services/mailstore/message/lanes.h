// Blocks of work that wait for the database side by side.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstddef>

#include "absl/status/status.h"

namespace posthorn::store {

struct LaneState {
  size_t next = 0;
  const size_t count;
  absl::Status status;
};

template <typename Work>
boost::asio::awaitable<void> RunLane(LaneState& state, Work& work) {
  while (state.status.ok() && state.next < state.count) {
    const size_t block = state.next++;
    const absl::Status status = co_await work.Block(block);
    if (!status.ok()) {
      state.status = status;
    }
  }
}

template <typename Work>
boost::asio::awaitable<void> RunLanes(LaneState& state, Work& work, size_t lanes) {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT
  if (lanes <= 1) {
    co_await RunLane(state, work);
    co_return;
  }
  co_await (RunLane(state, work) && RunLanes(state, work, lanes - 1));
}

// Awaits work.Block(0) to work.Block(count - 1), `lanes` of them at a time, on the caller's
// executor: what runs at once is what they wait for. The first error ends it and is returned.
template <typename Work>
boost::asio::awaitable<absl::Status> InLanes(size_t count, size_t lanes, Work& work) {
  LaneState state{.count = count};
  co_await RunLanes(state, work, lanes);
  co_return state.status;
}

}  // namespace posthorn::store
