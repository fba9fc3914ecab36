#include "mailstore/message/decoded_body.h"

#include <algorithm>

namespace posthorn::store {

namespace asio = boost::asio;

std::string DecodedBody::Cut(std::string octets) {
  const uint64_t start = decoded_;
  decoded_ += octets.size();
  const uint64_t from = std::max(start, part_.offset);
  const bool bounded = part_.length != 0 && part_.length < UINT64_MAX - part_.offset;
  const uint64_t to = bounded ? std::min(decoded_, part_.offset + part_.length) : decoded_;
  ended_ = ended_ || (bounded && decoded_ >= part_.offset + part_.length);
  if (from >= to) {
    return {};
  }
  if (from == start && to == decoded_) {
    return octets;
  }
  return octets.substr(from - start, to - from);
}

asio::awaitable<absl::StatusOr<std::string>> DecodedBody::Next() {
  while (!ended_) {
    std::string decoded;
    if (next_ < end_) {
      const absl::StatusOr<std::string> window = co_await reader_.Read(body_, next_, end_);
      if (!window.ok()) {
        co_return window.status();
      }
      next_ += window->size();
      decoder_.Feed(*window, &decoded);
    }
    if (next_ == end_) {
      decoder_.Finish(&decoded);
      ended_ = true;
    }
    std::string cut = Cut(std::move(decoded));
    if (!cut.empty()) {
      co_return cut;
    }
  }
  co_return std::string();
}

asio::awaitable<absl::StatusOr<DecodedExtent>> MeasureDecoded(DecodedBody body) {
  DecodedExtent extent;
  for (;;) {
    const absl::StatusOr<std::string> octets = co_await body.Next();
    if (!octets.ok()) {
      co_return octets.status();
    }
    if (octets->empty()) {
      co_return extent;
    }
    extent.octets += octets->size();
    extent.has_nul = extent.has_nul || octets->find('\0') != std::string::npos;
  }
}

}  // namespace posthorn::store
