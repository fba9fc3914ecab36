#include "imap-gateway/session/output.h"

#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {
constexpr std::size_t kCopyLimit = 16 * 1024;
// For one write of at most a few hundred KiB: a client slower than that is gone.
constexpr std::chrono::minutes kWriteTimeout{3};
}  // namespace

asio::awaitable<bool> Output::Write(absl::string_view data) {
  if (broken_ || data.empty()) {
    co_return !broken_;
  }
  stream_.ExpiresAfter(kWriteTimeout);
  const absl::Status status = co_await stream_.Write(data);
  broken_ = !status.ok();
  co_return !broken_;
}

asio::awaitable<bool> Output::Flush() {
  const bool written = co_await Write(buffer_);
  buffer_.clear();
  co_return written;
}

asio::awaitable<bool> Output::FlushIfLarge() {
  if (!large()) {
    co_return !broken_;
  }
  co_return co_await Flush();
}

asio::awaitable<bool> Output::Send(absl::string_view data) {
  if (data.size() <= kCopyLimit) {
    absl::StrAppend(&buffer_, data);
    co_return co_await FlushIfLarge();
  }
  const bool flushed = co_await Flush();
  if (!flushed) {
    co_return false;
  }
  co_return co_await Write(data);
}

}  // namespace posthorn::imap
