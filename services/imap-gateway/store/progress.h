#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "absl/status/status.h"

namespace posthorn::imap {

// Told now and then while a call of the store takes long. It runs where the session would have
// waited, so it may write to the client.
struct Progress {
  std::chrono::milliseconds interval{10000};
  std::function<boost::asio::awaitable<void>()> tell;  // may be empty
};

// The outcome of `work`, which runs on the executor of the caller.
boost::asio::awaitable<absl::Status> WithProgress(const Progress& progress,
                                                  boost::asio::awaitable<absl::Status> work);

}  // namespace posthorn::imap
