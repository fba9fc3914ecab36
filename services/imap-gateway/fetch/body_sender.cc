#include "imap-gateway/fetch/body_sender.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"

namespace posthorn::imap {
namespace {
constexpr int kAttempts = 3;
}  // namespace

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
    reader_.reset();
  }
  co_return read;
}

// The first frame of the next range, from another replica if the one in use went away.
asio::awaitable<bool> BodySender::ReadFirst() {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const bool read = co_await ReadFrame();
    if (read || !rpc::ShouldTryNext(status_)) {
      co_return read;
    }
  }
  co_return false;
}

asio::awaitable<BodySender::Result> BodySender::First() {
  const bool read = co_await ReadFirst();
  ++next_;
  if (!read) {
    // The ranges behind this one may be readable: the next is asked for by a call of its own.
    co_return Result::kFailed;
  }
  co_return frame_.gone() ? Result::kGone : Result::kSent;
}

// The octets of a message never change: what a lost replica did not send another one can.
asio::awaitable<bool> BodySender::Resume(std::uint64_t sent, std::uint64_t left) {
  if (!rpc::ShouldTryNext(status_) || left == 0) {
    co_return false;
  }
  --next_;
  v1::BodyRange& range = ranges_[next_];
  if (range.decoding() == v1::TRANSFER_DECODING_NONE) {
    range.set_offset(range.offset() + sent);
    range.set_length(left);
  } else {
    range.set_decoded_offset(range.decoded_offset() + sent);
    range.set_decoded_length(left);
  }
  const bool read = co_await ReadFirst();
  ++next_;
  co_return read && !frame_.gone() && frame_.total() == left;
}

asio::awaitable<BodySender::Result> BodySender::SendNext() {
  const Result first = co_await First();
  if (first != Result::kSent) {
    co_return first;
  }
  std::uint64_t left = frame_.total();
  absl::StrAppend(&session_.out(), frame_.has_nul() ? "~{" : "{", left, "}\r\n");
  std::uint64_t sent_in_range = 0;
  while (frame_.data().size() <= left) {
    left -= frame_.data().size();
    sent_in_range += frame_.data().size();
    const bool sent = co_await session_.output().Send(frame_.data());
    if (!sent) {
      co_return Result::kBroken;
    }
    if (frame_.last()) {
      break;
    }
    const bool read = co_await ReadFrame();
    if (!read) {
      const bool resumed = co_await Resume(sent_in_range, left);
      if (!resumed) {
        break;
      }
      sent_in_range = 0;
    }
  }
  if (left == 0 && frame_.last()) {
    co_return Result::kSent;
  }
  // The octets promised cannot be sent and nothing else can be in their place.
  log::Warning("body cut off", {{"session", session_.id()},
                                {"octets_missing", left},
                                {"reason", std::string(status_.message())}});
  session_.Logout();
  session_.stream().Close();
  co_return Result::kBroken;
}

asio::awaitable<BodySender::Result> BodySender::SizeNext(std::uint64_t& octets) {
  const Result first = co_await First();
  octets = first == Result::kSent ? frame_.total() : 0;
  co_return first;
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
      co_return Result::kFailed;
    }
  }
}

}  // namespace posthorn::imap
