// The gateway's own program as a child, and a plain client of it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/testing/authority.h"

namespace posthorn::imap {

// Ends with the object.
class GatewayProcess {
 public:
  // Returns when the program is ready. `flags` come after those that every test needs.
  GatewayProcess(testing_support::Authority& authority, int store_port,
                 std::vector<std::string> flags = {});
  ~GatewayProcess();

  int port() const { return port_; }
  // SIGTERM.
  void Drain() const;
  // The exit code.
  int AwaitExit();

 private:
  int port_;
  pid_t pid_ = -1;
};

// An IMAP client that says what it is told to. Fails the test when the server lets it wait for
// long.
class Client {
 public:
  explicit Client(int port);
  ~Client();

  void Send(const std::string& octets);
  // A line without CRLF; "<end>" when the server has closed.
  std::string Line();
  // Everything to the line that begins with `prefix`, that included, each line with CRLF.
  std::string Until(const std::string& prefix);
  // Sends it with the tag "t": everything up to the tagged line.
  std::string Command(const std::string& command);
  void LogIn();

 private:
  int socket_;
  std::string input_;
};

}  // namespace posthorn::imap
