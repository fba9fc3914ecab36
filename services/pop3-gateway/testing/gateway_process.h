// The gateway's own program as a child, and a plain client of it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/testing/authority.h"

namespace posthorn::pop3 {

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

// A POP3 client that says what it is told to. Fails the test when the server lets it wait for long.
class Client {
 public:
  explicit Client(int port);
  ~Client();

  void Send(const std::string& octets);
  // A line without CRLF; "<end>" when the server has closed.
  std::string Line();
  // The lines up to ".", unstuffed, each with CRLF.
  std::string Lines();
  // Sends the command and returns the first line of the response.
  std::string Command(const std::string& command);
  void LogIn();
  void Close();

 private:
  int socket_;
  std::string input_;
};

}  // namespace posthorn::pop3
