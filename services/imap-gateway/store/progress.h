#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "absl/status/status.h"

namespace posthorn::imap {

// What a session does while a call of the store takes long. All functions run where the session
// would have waited; each may be empty.
struct Progress {
  using Clock = std::chrono::steady_clock;

  // Tells the client that its command is worked at, again and again; it may write. False: the
  // client is gone.
  std::function<boost::asio::awaitable<bool>()> tell;
  std::chrono::milliseconds tell_every{10000};
  // Whether the client has left, asked more often than it is told anything.
  std::function<bool()> left;
  std::chrono::milliseconds look_every{1000};
  // Waits until then for the client to ask for something that needs no order with the work, and
  // does it. False: nothing more of that kind will come. `wake` ends a wait.
  std::function<boost::asio::awaitable<bool>(Clock::time_point until)> beside;
  std::function<void()> wake;
};

// The outcome of `work`, which runs on the executor of the caller. `cancel` is called there, maybe
// more than once, when nobody waits for it any more: it is to end soon then.
boost::asio::awaitable<absl::Status> WithProgress(const Progress& progress,
                                                  boost::asio::awaitable<absl::Status> work,
                                                  std::function<void()> cancel);

}  // namespace posthorn::imap
