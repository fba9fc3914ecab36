// Sessions whose site has no mail just now: kept for a short time, for mail that comes one by one.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/relay/session.h"

namespace posthorn::relay {

namespace asio = boost::asio;

struct WorkerContext;

struct IdleOptions {
  std::chrono::milliseconds time = std::chrono::seconds(3);  // 0: none is kept
  size_t connections = 50;                                   // of all runs, and idle
  size_t of_a_site = 2;
};

// Thread-safe. An idle session gives way when a run needs the connection, and goes with its
// executor to the run that takes it.
class IdleSessions {
 public:
  using Spawn = std::function<void(const asio::any_io_executor&, asio::awaitable<void>)>;

  struct Kept {
    WorkerContext* home = nullptr;  // where the session belongs
    Session session;
    uint64_t sent = 0;  // messages over it
    bool reset_needed = false;
  };

  // `spawn` runs what closes sessions.
  IdleSessions(IdleOptions options, Spawn spawn);
  ~IdleSessions();

  static std::string KeyOf(const v1::Work& work);

  // A run begins: with a session of its key, or null. The server may have closed it.
  std::unique_ptr<Kept> Begin(const std::string& key);
  // Before the run ends, on the session's executor. Whether it is kept; else it is as it was.
  bool Keep(const std::string& key, Kept& kept);
  void End();

  // None is kept any more.
  void Drain();

 private:
  struct Entry;
  using Entries = std::list<std::shared_ptr<Entry>>;

  asio::awaitable<void> Watch(std::shared_ptr<Entry> entry);
  static void Wake(const std::shared_ptr<Entry>& entry);

  const IdleOptions options_;
  const Spawn spawn_;
  std::mutex mutex_;  // of what follows
  Entries entries_;   // the oldest first
  size_t running_ = 0;
  bool draining_ = false;
};

}  // namespace posthorn::relay
