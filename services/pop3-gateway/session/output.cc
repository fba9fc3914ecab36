#include "pop3-gateway/session/output.h"

namespace posthorn::pop3 {

boost::asio::awaitable<absl::Status> Output::Flush() {
  if (buffer_.empty()) {
    co_return absl::OkStatus();
  }
  stream_.ExpiresAfter(write_timeout_);
  const absl::Status written = co_await stream_.Write(buffer_);
  buffer_.clear();
  co_return written;
}

void Output::Release() { std::string().swap(buffer_); }

}  // namespace posthorn::pop3
