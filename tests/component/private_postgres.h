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

 private:
  PrivatePostgres();
  void Start();
  void Stop(int signal);
  std::string Url(const std::string& database) const;
  void Execute(const std::string& sql) const;

  std::string directory_;
  pid_t process_ = -1;
  int databases_ = 0;
};

}  // namespace posthorn::testing_support
