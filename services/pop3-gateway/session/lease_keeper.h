// Renews the lock of a session's maildrop, and its ticket, while the session lives, whatever the
// session waits for. Runs on the session's executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "pop3-gateway/session/store.h"

namespace posthorn::pop3 {

class LeaseKeeper {
 public:
  // The store outlives the keeper. on_lost is called once if another session has the lock or the
  // ticket is no longer good.
  LeaseKeeper(boost::asio::any_io_executor executor, Store& store, uint32_t lease_seconds,
              std::function<void()> on_lost);

  void Start();
  // Waits until no call is in progress. The keeper may be destroyed only after it.
  boost::asio::awaitable<void> Stop();

  bool lost() const { return lost_; }

 private:
  boost::asio::awaitable<void> Run();
  boost::asio::awaitable<absl::Status> RenewOnce();

  boost::asio::any_io_executor executor_;
  Store& store_;
  uint32_t lease_seconds_;
  std::function<void()> on_lost_;
  boost::asio::steady_timer next_;
  boost::asio::steady_timer ended_;  // never expires: cancelled when Run has ended
  bool running_ = false;
  bool stopping_ = false;
  bool lost_ = false;
};

}  // namespace posthorn::pop3
