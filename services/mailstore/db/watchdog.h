// Ends the wait for a database that is silent.
//
// libpq waits for an answer as long as the connection stands, and it stands as long as anything
// acknowledges its octets: a proxy, or the system under a server that hangs. statement_timeout is
// the server's and does not help then. So a thread looks once a second whether a session has waited
// for longer than its server would let it, and shuts its socket down; who waits finds the
// connection lost.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace posthorn::store {

// Thread-safe. Outlives the sessions it watches.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();

  // A session with its socket, from when it was opened until before it is closed.
  class Session {
   public:
    Session(Watchdog& watchdog, int socket, std::chrono::steady_clock::duration patience);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

   private:
    friend class Watchdog;
    using Ticks = std::chrono::steady_clock::rep;

    Watchdog& watchdog_;
    const int socket_;
    const std::chrono::steady_clock::duration patience_;
    std::atomic<Ticks> waits_since_ = 0;  // 0: nobody waits
  };

  // While it lives, an answer is waited for. They nest: the wait begins anew with each inner one
  // and after it. The session may be null: then nobody watches.
  class Wait {
   public:
    explicit Wait(Session* session);
    ~Wait();
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

   private:
    Session* const session_;
    bool outermost_ = false;
  };

 private:
  void Watch();

  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::set<Session*> sessions_;
  std::thread thread_;
};

}  // namespace posthorn::store
