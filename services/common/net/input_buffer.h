// Buffered input of a session: lines and counted octets. Holds no memory while it is empty.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/stream.h"

namespace posthorn::net {

class InputBuffer {
 public:
  explicit InputBuffer(Stream& stream) : stream_(stream) {}

  // Octets read and not yet consumed. Views die at the next Fill, ReadLine or Consume.
  absl::string_view data() const { return absl::string_view(buffer_).substr(begin_); }
  bool empty() const { return begin_ == buffer_.size(); }
  void Consume(size_t octets);

  // Reads some more octets into the buffer (at most 64 KiB a call). Errors as Stream::Read.
  asio::awaitable<absl::Status> Fill();

  // The next line with its line end, which is LF or CR LF: protocols that want CR LF look for
  // themselves. It is consumed; the view lives until the next call. RESOURCE_EXHAUSTED when no LF
  // is among the first `limit` octets: nothing is consumed then. Other errors as Stream::Read.
  asio::awaitable<absl::StatusOr<absl::string_view>> ReadLine(size_t limit);

  // Drops octets up to and with the next LF, at most `limit`. OK when the LF was found.
  asio::awaitable<absl::Status> SkipLine(size_t limit);

  // Waits for the next command: at once kReadable if octets are buffered. See Stream::WaitReadable.
  asio::awaitable<Wait> WaitForInput();

 private:
  void Compact();

  Stream& stream_;
  std::string buffer_;
  size_t begin_ = 0;
};

}  // namespace posthorn::net
