// TCP in front of a PostgreSQL that listens on a Unix socket, to take the answers away.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace posthorn::component {

class DatabaseProxy {
 public:
  explicit DatabaseProxy(std::string socket_path);
  ~DatabaseProxy();
  DatabaseProxy(const DatabaseProxy&) = delete;
  DatabaseProxy& operator=(const DatabaseProxy&) = delete;

  int port() const { return port_; }
  // Silent, it passes nothing on and closes nothing; the system goes on to accept connections and
  // to acknowledge what comes on them. As when a server hangs, or a proxy has lost it.
  void SetSilent(bool silent);

 private:
  void Run();
  void Accept();
  // False when either end is closed.
  static bool Pass(int from, int to);

  const std::string socket_path_;
  int listener_ = -1;
  int port_ = 0;
  int wake_ = -1;
  std::atomic<bool> silent_ = false;
  std::atomic<bool> stopping_ = false;
  std::vector<std::pair<int, int>> sessions_;  // client and server; of the thread
  std::thread thread_;
};

}  // namespace posthorn::component
