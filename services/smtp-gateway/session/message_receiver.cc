#include "smtp-gateway/session/message_receiver.h"

#include <algorithm>
#include <utility>

#include "common/rpc/status.h"
#include "common/runtime/runtime.h"
#include "mail/submission_header.h"
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
constexpr Reply kHeaderTooLong{552, "5.3.4", "Header of the message is too long"};
constexpr Reply kNoSpool{452, "4.3.1", "No room for the message, try again later"};
constexpr Reply kLoop{554, "5.4.6", "Too many hops: mail is looping"};

// Octets of the header with its empty line, or npos while that has not come. `seen` octets have
// been looked at before.
size_t HeaderSize(std::string_view text, size_t seen) {
  if (text.starts_with("\r\n")) {
    return 2;
  }
  const size_t end = text.find("\r\n\r\n", seen < 3 ? 0 : seen - 3);
  return end == std::string_view::npos ? end : end + 4;
}

}  // namespace

MessageReceiver::MessageReceiver(MailStore& store, const Limits& limits, v1::DeliverStart start,
                                 const std::string& trace, uint64_t declared_octets,
                                 HeaderEdit edit)
    : store_(store), limits_(limits), start_(std::move(start)), edit_(std::move(edit)) {
  *request_.mutable_start() = start_;
  const uint64_t expected = declared_octets == 0 ? kFirstReserve : declared_octets;
  std::string& data = *request_.mutable_data();
  data.reserve(std::min<uint64_t>(kFrame, trace.size() + expected + kLeastRoom));
  data.append(trace);
  pushed_ = edit_ ? 0 : trace.size();
}

void MessageReceiver::HoldFor(filter::SpoolSpace& space, Filter filter) {
  held_ = std::make_unique<filter::HeldMessage>(space);
  filter_ = std::move(filter);
  request_.mutable_data()->clear();
}

size_t MessageReceiver::Room() const { return edit_ ? kFrame : kFrame - request_.data().size(); }

asio::awaitable<void> MessageReceiver::Push() {
  if (refused()) {
    co_return;
  }
  const absl::string_view added = absl::string_view(*frame()).substr(pushed_);
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
    if (!hops_.header_ended() && octets_ > mail::kMaxSubmissionHeader) {
      Refuse(kHeaderTooLong);
      co_return;
    }
  }
  if (edit_) {
    co_await GatherHeader(false);
    co_return;
  }
  pushed_ = request_.data().size();
  if (Room() < kLeastRoom) {
    co_await SendFrame();
  }
}

asio::awaitable<void> MessageReceiver::GatherHeader(bool at_end) {
  size_t size = HeaderSize(header_, pushed_);
  pushed_ = header_.size();
  if (size == std::string_view::npos) {
    if (pushed_ > mail::kMaxSubmissionHeader) {
      Refuse(kHeaderTooLong);
    }
    if (!at_end || refused()) {
      co_return;
    }
    size = header_.size();
  }
  absl::StatusOr<std::string> edited = edit_(absl::string_view(header_).substr(0, size));
  if (!edited.ok()) {
    if (absl::IsOutOfRange(edited.status())) {
      Refuse(kHeaderTooLong);
    } else {
      Fail(edited.status());
    }
    co_return;
  }
  edit_ = nullptr;
  const std::string gathered = std::exchange(header_, std::string());
  if (held_) {
    held_->header = *std::move(edited);
  } else {
    co_await Append(*edited);
  }
  co_await Append(std::string_view(gathered).substr(size));
}

asio::awaitable<void> MessageReceiver::Append(std::string_view octets) {
  while (!octets.empty() && !refused()) {
    const std::string_view piece = octets.substr(0, Room());
    request_.mutable_data()->append(piece);
    octets.remove_prefix(piece.size());
    pushed_ = request_.data().size();
    if (Room() < kLeastRoom) {
      co_await SendFrame();
    }
  }
}

void MessageReceiver::HoldFrame() {
  const absl::Status held = held_->body.Append(request_.data());
  frame()->clear();
  pushed_ = 0;
  if (!held.ok()) {
    Refuse(kNoSpool);
  }
}

asio::awaitable<void> MessageReceiver::AppendHeld(const filter::HeldMessage& message) {
  co_await Append(message.header);
  for (uint64_t offset = 0; offset < message.body.size() && !refused();) {
    const absl::StatusOr<std::string> piece = message.body.Read(offset, kFrame);
    if (!piece.ok()) {
      Refuse(kNoSpool);
      co_return;
    }
    offset += piece->size();
    co_await Append(*piece);
  }
}

asio::awaitable<bool> MessageReceiver::RunFilter(Outcome& outcome) {
  HoldFrame();
  if (refused()) {
    co_return true;
  }
  const std::unique_ptr<filter::HeldMessage> message = std::move(held_);
  Filtered filtered = co_await filter_(*message);
  verdict_ = std::move(filtered.verdict);
  if (verdict_.action == filter::Action::kDiscard) {
    outcome.delivery_id = start_.session_id();
    co_return false;
  }
  if (verdict_.code != 0) {
    Refuse({verdict_.code, verdict_.status, verdict_.text});
    co_return true;
  }
  filtered.start.set_idempotency_key(start_.idempotency_key());
  filtered.start.set_session_id(start_.session_id());
  start_ = std::move(filtered.start);
  *request_.mutable_start() = start_;
  co_await Append(filtered.trace);
  co_await AppendHeld(*message);
  co_return true;
}

asio::awaitable<void> MessageReceiver::SendFrame() {
  if (held_) {
    HoldFrame();
    co_return;
  }
  const bool first = !stream_;
  absl::Status sent = co_await TrySendFrame(0);
  if (first && absl::IsUnavailable(sent)) {
    sent = co_await TrySendFrame(1);
  }
  if (!sent.ok()) {
    Fail(sent);
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
  held_.reset();
  edit_ = nullptr;
  std::string().swap(header_);
  request_.Clear();
  std::string().swap(*request_.mutable_data());
}

void MessageReceiver::Refuse(filter::Verdict refusal) {
  if (!refused()) {
    verdict_ = std::move(refusal);
    Refuse(Reply{verdict_.code, verdict_.status, verdict_.text});
  }
}

void MessageReceiver::Fail(const absl::Status& failure) {
  reason_ = rpc::ReasonOf(failure);
  Refuse(DeliveryReply(failure));
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
  if (edit_) {
    co_await GatherHeader(true);
  }
  if (held_ && !refused()) {
    const bool goes_on = co_await RunFilter(outcome);
    if (!goes_on) {
      co_return outcome;
    }
  }
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
    Fail(result.status());
    outcome.refusal = refusal_;
  }
  co_return outcome;
}

}  // namespace posthorn::smtp
