#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/strings/string_view.h"
#include "common/net/stream.h"

namespace posthorn::imap {

namespace asio = boost::asio;

// What a session will send, gathered so that a batch of responses is one write. A failed write
// breaks the output: it and everything later is dropped, and the session ends at its next look.
class Output {
 public:
  explicit Output(net::Stream& stream) : stream_(stream) {}

  // Responses are appended here.
  std::string& buffer() { return buffer_; }
  bool broken() const { return broken_; }

  // Enough has gathered to be worth a write; for loops, where asking is cheaper than awaiting.
  bool large() const { return buffer_.size() >= kLarge; }

  // Each is false once the output is broken.
  asio::awaitable<bool> Flush();
  // Flushes if enough has gathered.
  asio::awaitable<bool> FlushIfLarge();
  // Appends, or sends what is gathered and then `data` without copying it.
  asio::awaitable<bool> Send(absl::string_view data);

  // Gives the empty buffer's memory back.
  void Release() {
    if (buffer_.empty()) {
      std::string().swap(buffer_);
    }
  }

 private:
  static constexpr std::size_t kLarge = 32 * 1024;

  asio::awaitable<bool> Write(absl::string_view data);

  net::Stream& stream_;
  std::string buffer_;
  bool broken_ = false;
};

}  // namespace posthorn::imap
