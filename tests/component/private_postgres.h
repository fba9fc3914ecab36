// A PostgreSQL of the test program's own, in a temporary directory, reached over a socket there.
#pragma once

#include <sys/types.h>

#include <string>

namespace posthorn::testing_support {

// Made once per program; stopped and removed when it exits, killed when it crashes.
class PrivatePostgres {
 public:
  // Starts it with the first call. Stops the program with its log if that fails.
  static PrivatePostgres& Shared();
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  // The URL of a new database with the current schema.
  std::string NewDatabase();

  // The socket that clients connect to.
  std::string socket() const { return directory_ + "/.s.PGSQL.5432"; }

  // Kills every session or the server and starts it again, as a fault.
  void Restart();
  // The same, but it ends in order.
  void RestartInOrder();
  // What is committed without waiting for the disk stays in memory from now on: the next Restart()
  // loses it.
  void HoldLog();

 private:
  PrivatePostgres();
  void Start();
  void Stop(int signal);
  std::string Url(const std::string& database) const;
  std::string Execute(const std::string& sql) const;  // the first value

  std::string directory_;
  pid_t process_ = -1;
  pid_t held_ = -1;  // its process that writes the log
  int databases_ = 0;
};

}  // namespace posthorn::testing_support
