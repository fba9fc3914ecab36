#include "imap-gateway/fetch/body_sender.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace posthorn::imap {

asio::awaitable<bool> BodySender::ReadFrame() {
  if (!reader_) {
    v1::FetchBodyRequest request;
    *request.mutable_mailbox() = session_.selected().ref;
    for (std::size_t i = next_; i < ranges_.size(); ++i) {
      *request.add_ranges() = ranges_[i];
    }
    reader_ = std::make_unique<BodyReader>(session_.store(), &MessageMethods::FetchBody,
                                           std::move(request));
  }
  const bool read = co_await reader_->Read(&frame_);
  if (!read) {
    status_ = reader_->status().ok() ? absl::DataLossError("the store ended a body early")
                                     : reader_->status();
  }
  co_return read;
}

// The first frame of the next range.
asio::awaitable<BodySender::Result> BodySender::First() {
  const bool read = co_await ReadFrame();
  ++next_;
  if (!read) {
    // The ranges behind this one may be readable: the next is asked for by a call of its own.
    reader_.reset();
    co_return Result::kFailed;
  }
  co_return frame_.gone() ? Result::kGone : Result::kSent;
}

asio::awaitable<BodySender::Result> BodySender::SendNext() {
  const Result first = co_await First();
  if (first != Result::kSent) {
    co_return first;
  }
  std::uint64_t left = frame_.total();
  absl::StrAppend(&session_.out(), "{", left, "}\r\n");
  while (true) {
    if (frame_.data().size() > left) {
      break;
    }
    left -= frame_.data().size();
    const bool sent = co_await session_.output().Send(frame_.data());
    if (!sent) {
      co_return Result::kBroken;
    }
    if (frame_.last()) {
      if (left == 0) {
        co_return Result::kSent;
      }
      break;
    }
    const bool read = co_await ReadFrame();
    if (!read) {
      break;
    }
  }
  // The octets promised cannot be sent and nothing else can be in their place.
  session_.Logout();
  session_.stream().Close();
  co_return Result::kBroken;
}

asio::awaitable<BodySender::Result> BodySender::CollectNext(std::string& octets,
                                                            std::size_t limit) {
  octets.clear();
  const Result first = co_await First();
  if (first != Result::kSent) {
    co_return first;
  }
  while (true) {
    octets.append(frame_.data(), 0, limit - std::min(limit, octets.size()));
    if (frame_.last()) {
      co_return Result::kSent;
    }
    const bool read = co_await ReadFrame();
    if (!read) {
      reader_.reset();
      co_return Result::kFailed;
    }
  }
}

}  // namespace posthorn::imap
