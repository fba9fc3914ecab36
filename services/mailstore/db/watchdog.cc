#include "mailstore/db/watchdog.h"

#include <sys/socket.h>

#include "common/log/log.h"

namespace posthorn::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kEvery{1};

Clock::rep Now() { return Clock::now().time_since_epoch().count(); }

}  // namespace

Watchdog::Watchdog() : thread_([this] { Watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void Watchdog::Watch() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, kEvery, [this] { return stopping_; })) {
    for (const Session* session : sessions_) {
      const Clock::rep since = session->waits_since_;
      if (since != 0 && Clock::duration(Now() - since) > session->patience_) {
        // Under the lock: the session cannot be closed, nor its number be given to another socket.
        ::shutdown(session->socket_, SHUT_RDWR);
        log::Warning("the database is silent, its session is given up", {});
      }
    }
  }
}

Watchdog::Session::Session(Watchdog& watchdog, int socket, Clock::duration patience)
    : watchdog_(watchdog), socket_(socket), patience_(patience) {
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.sessions_.insert(this);
}

Watchdog::Session::~Session() {
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.sessions_.erase(this);
}

Watchdog::Wait::Wait(Session* session) : session_(session) {
  if (session_ != nullptr) {
    outermost_ = session_->waits_since_.exchange(Now()) == 0;
  }
}

Watchdog::Wait::~Wait() {
  if (session_ != nullptr) {
    session_->waits_since_ = outermost_ ? 0 : Now();
  }
}

}  // namespace posthorn::store
