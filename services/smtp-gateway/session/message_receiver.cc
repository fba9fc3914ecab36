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

constexpr Reply kTooLarge{552, "5.3.4", "Message is larger than this server takes"};
constexpr Reply kLoop{554, "5.4.6", "Too many hops: mail is looping"};

// Whether a write may have happened: only then is it worth waiting long for the answer.
bool OutcomeUnknown(const absl::Status& status) {
  const auto reason = rpc::ReasonOf(status);
  if (reason == v1::ErrorDetail::REASON_OUTCOME_UNKNOWN) {
    return true;
  }
  return reason == v1::ErrorDetail::REASON_UNSPECIFIED &&
         (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
          absl::IsCancelled(status));
}

bool IsTemporary(const absl::Status& status) {
  return OutcomeUnknown(status) || absl::IsUnavailable(status) ||
         rpc::ReasonOf(status) == v1::ErrorDetail::REASON_OVERLOADED;
}

}  // namespace

MessageReceiver::MessageReceiver(MailStore& store, const Limits& limits, v1::DeliverStart start,
                                 const std::string& trace, uint64_t declared_octets)
    : store_(store), limits_(limits) {
  *request_.mutable_start() = std::move(start);
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
  if (!stream_) {
    auto opened = co_await store_.OpenDelivery(request_.start());
    if (!opened.ok()) {
      Refuse(DeliveryReply(opened.status()));
      co_return;
    }
    stream_ = *std::move(opened);
  }
  const absl::Status written = co_await stream_->Write(request_);
  request_.clear_start();
  frame()->clear();
  pushed_ = 0;
  if (!written.ok()) {
    const auto result = co_await stream_->Finish();
    stream_.reset();
    Refuse(DeliveryReply(result.ok() ? written : result.status()));
  }
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

asio::awaitable<absl::StatusOr<v1::DeliverResponse>> MessageReceiver::DeliverWhole() {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + limits_.outcome;
  std::chrono::milliseconds pause{50};
  bool may_have_happened = false;
  for (int attempt = 0;; ++attempt) {
    auto result = co_await store_.Deliver(request_, attempt);
    if (result.ok()) {
      co_return result;
    }
    may_have_happened = may_have_happened || OutcomeUnknown(result.status());
    // A store that is away gets one more chance on another replica. An attempt that may have
    // succeeded is repeated for longer: a 451 to a message that was delivered makes a duplicate.
    const bool again = may_have_happened ? IsTemporary(result.status()) && Clock::now() < deadline
                                         : absl::IsUnavailable(result.status()) && attempt == 0;
    if (!again) {
      co_return result;
    }
    if (attempt > 0) {
      co_await runtime::Sleep(pause);
      pause = std::min(2 * pause, std::chrono::milliseconds(2000));
    }
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
  absl::StatusOr<v1::DeliverResponse> result = absl::UnknownError("not called");
  if (stream_) {
    // A failed write says less than the end of the stream.
    (co_await stream_->Write(request_)).IgnoreError();
    result = co_await stream_->Finish();
    stream_.reset();
  } else {
    request_.mutable_start()->set_size(request_.data().size());
    result = co_await DeliverWhole();
  }
  if (result.ok()) {
    outcome.delivery_id = result->delivery_id();
  } else {
    outcome.refusal = DeliveryReply(result.status());
  }
  co_return outcome;
}

}  // namespace posthorn::smtp
