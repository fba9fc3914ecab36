#include "smtp-gateway/session/message_receiver.h"

#include <algorithm>
#include <utility>

#include "common/rpc/status.h"
#include "common/runtime/runtime.h"
#include "smtp-gateway/reply/store_replies.h"

namespace posthorn::smtp {
namespace {

// delivery.proto: a frame has at most 256 KiB. A frame goes when less room than kLeastRoom is left.
constexpr size_t kFrame = 256 * 1024;
constexpr size_t kLeastRoom = 4 * 1024;
constexpr size_t kFirstReserve = 8 * 1024;

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{2000};

constexpr Reply kTooLarge{552, "5.3.4", "Message is larger than this server takes"};
constexpr Reply kLoop{554, "5.4.6", "Too many hops: mail is looping"};

}  // namespace

MessageReceiver::MessageReceiver(MailStore& store, const Limits& limits, v1::DeliverStart start,
                                 const std::string& trace, uint64_t declared_octets)
    : store_(store), limits_(limits), start_(std::move(start)) {
  *request_.mutable_start() = start_;
  const uint64_t expected = declared_octets == 0 ? kFirstReserve : declared_octets;
  frame()->reserve(std::min<uint64_t>(kFrame, trace.size() + expected + kLeastRoom));
  frame()->append(trace);
  pushed_ = trace.size();
}

size_t MessageReceiver::Room() const { return kFrame - request_.data().size(); }

asio::awaitable<void> MessageReceiver::Push() {
  if (refused()) {
    co_return;
  }
  const absl::string_view added = absl::string_view(request_.data()).substr(pushed_);
  octets_ += added.size();
  if (octets_ > limits_.message_octets) {
    // RFC 1870 6.3: the limit holds for the octets that come, whatever was declared.
    Refuse(kTooLarge);
    co_return;
  }
  if (!hops_.header_ended()) {
    hops_.Feed(added);
    if (hops_.count() > limits_.hops) {
      Refuse(kLoop);
      co_return;
    }
  }
  pushed_ = request_.data().size();
  if (Room() < kLeastRoom) {
    co_await SendFrame();
  }
}

asio::awaitable<void> MessageReceiver::SendFrame() {
  const bool first = !stream_;
  absl::Status sent = co_await TrySendFrame(0);
  if (first && absl::IsUnavailable(sent)) {
    sent = co_await TrySendFrame(1);
  }
  if (!sent.ok()) {
    Refuse(DeliveryReply(sent));
    co_return;
  }
  request_.clear_start();
  frame()->clear();
  pushed_ = 0;
}

asio::awaitable<absl::Status> MessageReceiver::TrySendFrame(int attempt) {
  if (!stream_) {
    auto opened = co_await store_.OpenDelivery(start_, attempt);
    if (!opened.ok()) {
      co_return opened.status();
    }
    stream_ = *std::move(opened);
  }
  absl::Status written = co_await stream_->Write(request_);
  if (!written.ok()) {
    const auto result = co_await stream_->Finish();
    stream_.reset();
    written = result.ok() ? written : result.status();
  }
  co_return written;
}

void MessageReceiver::Refuse(const Reply& reply) {
  if (refused()) {
    return;
  }
  refusal_ = reply;
  stream_.reset();
  request_.Clear();
  std::string().swap(*request_.mutable_data());
}

asio::awaitable<MessageReceiver::Result> MessageReceiver::DeliverWhole(Clock::time_point deadline,
                                                                       bool* unknown) {
  std::chrono::milliseconds pause = kFirstPause;
  bool& may_have_happened = *unknown;
  for (int attempt = 0;; ++attempt) {
    auto result = co_await store_.Deliver(request_, attempt);
    if (result.ok()) {
      co_return result;
    }
    may_have_happened = may_have_happened || rpc::OutcomeUnknown(result.status());
    // A store that is away gets one more chance on another replica. An attempt that may have
    // succeeded is repeated for longer: a 451 to a message that was delivered makes a duplicate.
    const bool again = may_have_happened
                           ? rpc::IsTemporary(result.status()) && Clock::now() < deadline
                           : absl::IsUnavailable(result.status()) && attempt == 0;
    if (!again) {
      co_return result;
    }
    if (attempt > 0) {
      co_await runtime::Sleep(pause);
      pause = std::min(2 * pause, kLongestPause);
    }
  }
}

asio::awaitable<MessageReceiver::Result> MessageReceiver::EndStream(bool* unknown) {
  // Without the last frame nothing is delivered. The end of the stream says why it failed.
  const bool complete = (co_await stream_->Write(request_)).ok();
  Result result = co_await stream_->Finish();
  stream_.reset();
  *unknown = complete && rpc::OutcomeUnknown(result.status());
  co_return result;
}

asio::awaitable<MessageReceiver::Result> MessageReceiver::Settle(absl::Status failure,
                                                                 Clock::time_point deadline) {
  std::chrono::milliseconds pause = kFirstPause;
  while (true) {
    const auto settled = co_await store_.SettleDelivery(start_);
    if (settled.ok() && settled->delivered()) {
      v1::DeliverResponse response;
      response.set_delivery_id(settled->delivery_id());
      co_return response;
    }
    if (settled.ok() || !rpc::IsTemporary(settled.status()) || Clock::now() >= deadline) {
      co_return failure;
    }
    co_await runtime::Sleep(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

asio::awaitable<MessageReceiver::Outcome> MessageReceiver::Finish() {
  Outcome outcome;
  co_await Push();
  if (refused()) {
    outcome.refusal = refusal_;
    co_return outcome;
  }
  request_.set_last(true);
  const auto deadline = Clock::now() + limits_.outcome;
  bool unknown = false;
  Result result = absl::UnknownError("not called");
  if (stream_) {
    result = co_await EndStream(&unknown);
  } else {
    request_.mutable_start()->set_size(request_.data().size());
    result = co_await DeliverWhole(deadline, &unknown);
  }
  if (!result.ok() && unknown) {
    // A refusal of what was delivered, or of what still may be, makes a duplicate.
    result = co_await Settle(result.status(), deadline);
  }
  if (result.ok()) {
    outcome.delivery_id = result->delivery_id();
  } else {
    outcome.refusal = DeliveryReply(result.status());
  }
  co_return outcome;
}

}  // namespace posthorn::smtp
