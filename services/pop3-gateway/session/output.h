// Responses on their way to the client: gathered, so that pipelined commands are answered with few
// writes, and written before they grow past a bound.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "absl/status/status.h"
#include "common/net/stream.h"

namespace posthorn::pop3 {

class Output {
 public:
  // A client that does not take this many octets within `write_timeout` is gone.
  static constexpr size_t kGather = size_t{64} * 1024;

  Output(net::Stream& stream, std::chrono::milliseconds write_timeout)
      : stream_(stream), write_timeout_(write_timeout) {}

  // Responses are appended here.
  std::string& buffer() { return buffer_; }

  // Errors as net::Stream::Write; then nothing more can be sent.
  boost::asio::awaitable<absl::Status> Flush();
  bool ShouldFlush() const { return buffer_.size() >= kGather; }

  // Gives the memory back; nothing may be unsent.
  void Release();

 private:
  net::Stream& stream_;
  std::chrono::milliseconds write_timeout_;
  std::string buffer_;
};

}  // namespace posthorn::pop3
