#include "common/testing/line_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/testing/child_state.h"
#include "common/testing/loopback.h"
#include "gtest/gtest.h"

namespace posthorn::testing_support {

LineClient::LineClient(int port) : socket_(Connect(port)) {}

LineClient::LineClient(LineClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), input_(std::move(other.input_)) {}

LineClient::~LineClient() { Close(); }

void LineClient::Close() {
  if (socket_ >= 0) {
    ::close(std::exchange(socket_, -1));
  }
}

void LineClient::Send(const std::string& octets) {
  size_t sent = 0;
  while (sent < octets.size()) {
    const ssize_t count = ::send(socket_, octets.data() + sent, octets.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) {
      return;  // what the server says before it closes is read next
    }
    sent += static_cast<size_t>(count);
  }
}

std::string LineClient::Line() {
  size_t end;
  while ((end = input_.find("\r\n")) == std::string::npos) {
    if (socket_ < 0) {
      return "<end>";
    }
    char buffer[65536];
    const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
    if (count < 0 && errno != ECONNRESET) {
      ADD_FAILURE() << "no line within a minute, only \"" << input_ << "\"" << DescribeChildren();
    }
    if (count <= 0) {
      Close();
      return "<end>";
    }
    input_.append(buffer, static_cast<size_t>(count));
  }
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 2);
  return line;
}

}  // namespace posthorn::testing_support
