#pragma once

#include <string>

namespace posthorn::testing_support {

// A client of a protocol of lines that says what it is told to. A server that lets it wait for a
// minute fails the test, with what the server is doing; the client has closed then and waits for
// nothing more.
class LineClient {
 public:
  explicit LineClient(int port);
  LineClient(LineClient&& other) noexcept;
  ~LineClient();

  void Send(const std::string& octets);
  // A line without CRLF; "<end>" when the server has closed, or when it failed the test.
  std::string Line();
  void Close();

 private:
  int socket_;
  std::string input_;
};

}  // namespace posthorn::testing_support
