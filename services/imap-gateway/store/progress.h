#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "absl/status/status.h"

namespace posthorn::imap {

// Told now and then while a call of the store takes long. It runs where the session would have
// waited, so it may write to the client. False: the client is gone.
struct Progress {
  std::chrono::milliseconds interval{10000};
  std::function<boost::asio::awaitable<bool>()> tell;  // may be empty
};

// The outcome of `work`, which runs on the executor of the caller. `cancel` is called there, maybe
// more than once, when nobody waits for it any more: it is to end soon then.
boost::asio::awaitable<absl::Status> WithProgress(const Progress& progress,
                                                  boost::asio::awaitable<absl::Status> work,
                                                  std::function<void()> cancel);

}  // namespace posthorn::imap
