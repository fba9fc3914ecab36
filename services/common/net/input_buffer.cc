#include "common/net/input_buffer.h"

#include <algorithm>

namespace posthorn::net {
namespace {

constexpr size_t kFirstFill = 4 * 1024;
constexpr size_t kLargestFill = 64 * 1024;
// A buffer that is kept between lines of one burst of input.
constexpr size_t kKeep = 16 * 1024;

}  // namespace

void InputBuffer::Consume(size_t octets) { begin_ += std::min(octets, buffer_.size() - begin_); }

void InputBuffer::Compact() {
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
    if (buffer_.capacity() > kLargestFill) {
      buffer_.shrink_to_fit();
    }
  } else if (begin_ > kKeep || begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
}

asio::awaitable<absl::Status> InputBuffer::Fill() {
  Compact();
  // Grows with the input: a chatty line protocol stays at one page, a body gets large reads.
  const size_t used = buffer_.size();
  const size_t room = std::clamp(buffer_.capacity(), kFirstFill, kLargestFill);
  buffer_.resize(used + room);
  const absl::StatusOr<size_t> octets = co_await stream_.Read(buffer_.data() + used, room);
  buffer_.resize(used + octets.value_or(0));
  if (octets.ok() && *octets == room && room < kLargestFill) {
    buffer_.reserve(std::min(kLargestFill, 4 * room));
  }
  co_return octets.status();
}

asio::awaitable<absl::StatusOr<absl::string_view>> InputBuffer::ReadLine(size_t limit) {
  size_t searched = 0;
  while (true) {
    const absl::string_view input = data();
    const size_t end = input.substr(0, limit).find('\n', searched);
    if (end != absl::string_view::npos) {
      begin_ += end + 1;
      co_return input.substr(0, end + 1);
    }
    if (input.size() >= limit) {
      co_return absl::ResourceExhaustedError("line too long");
    }
    searched = input.size();
    const absl::Status status = co_await Fill();
    if (!status.ok()) {
      co_return status;
    }
  }
}

asio::awaitable<absl::Status> InputBuffer::SkipLine(size_t limit) {
  while (true) {
    const absl::string_view input = data();
    const size_t end = input.find('\n');
    if (end != absl::string_view::npos) {
      Consume(end + 1);
      co_return absl::OkStatus();
    }
    if (input.size() >= limit) {
      co_return absl::ResourceExhaustedError("line too long");
    }
    limit -= input.size();
    Consume(input.size());
    const absl::Status status = co_await Fill();
    if (!status.ok()) {
      co_return status;
    }
  }
}

asio::awaitable<Wait> InputBuffer::WaitForInput() {
  if (!empty()) {
    co_return Wait::kReadable;
  }
  std::string().swap(buffer_);
  begin_ = 0;
  co_return co_await stream_.WaitReadable();
}

}  // namespace posthorn::net
