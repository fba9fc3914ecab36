#include "pop3-gateway/session/message_source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/client_call.h"
#include "common/runtime/runtime.h"
#include "pop3-gateway/maildrop/uid_set.h"

namespace posthorn::pop3 {
namespace {

namespace asio = boost::asio;

// The slowest client that is waited for takes this many octets a second.
constexpr uint64_t kSlowestClient = 2000;
constexpr std::chrono::seconds kLeastTimeout{600};
// Losing this many replicas within one message is an outage.
constexpr int kMostResumptions = 4;
// Before the second and later of them, times their number: a replica that restarts is back soon.
constexpr std::chrono::milliseconds kResumptionPause{250};

}  // namespace

MessageSource::MessageSource(asio::any_io_executor executor, const Store& store,
                             const Maildrop& maildrop, v1::MailboxRef mailbox)
    : executor_(std::move(executor)),
      store_(store),
      maildrop_(maildrop),
      mailbox_(std::move(mailbox)) {}

void MessageSource::Cancel() {
  current_.reset();
  next_.reset();
}

uint32_t MessageSource::Following(uint32_t message) const {
  do {
    ++message;
  } while (message <= maildrop_.last() && !maildrop_.Has(message));
  return message;
}

std::unique_ptr<BodyStream> MessageSource::StartStream(const v1::FetchBodyRequest& request,
                                                       uint64_t octets) const {
  const std::vector<rpc::ReplicaPtr> replicas = store_.pool().Ranked(store_.key());
  if (replicas.empty()) {
    return nullptr;
  }
  const std::chrono::seconds timeout =
      kLeastTimeout + std::chrono::seconds(octets / kSlowestClient);
  return std::make_unique<BodyStream>(executor_, replicas.front(), request, timeout);
}

std::unique_ptr<MessageSource::Batch> MessageSource::StartBatch(
    const std::vector<uint32_t>& messages) const {
  v1::FetchBodyRequest request;
  *request.mutable_caller() = store_.caller();
  *request.mutable_mailbox() = mailbox_;
  request.set_section(section_);
  auto batch = std::make_unique<Batch>();
  std::vector<uint32_t> uids;
  for (const uint32_t message : messages) {
    uids.push_back(static_cast<uint32_t>(maildrop_.uid(message)));
    batch->octets_left += maildrop_.octets(message);
  }
  *request.mutable_uids() = MakeUidSet(uids);
  request.set_packed(true);
  batch->messages.assign(messages.begin(), messages.end());
  batch->stream = StartStream(request, batch->octets_left);
  return batch;
}

std::unique_ptr<MessageSource::Batch> MessageSource::StartRest() const {
  v1::FetchBodyRequest request;
  *request.mutable_caller() = store_.caller();
  *request.mutable_mailbox() = mailbox_;
  v1::BodyRange& range = *request.add_ranges();
  range.set_uid(static_cast<uint32_t>(maildrop_.uid(message_)));
  range.set_section(section_);
  range.set_offset(octets_taken_);
  auto batch = std::make_unique<Batch>();
  batch->messages.push_back(message_);
  batch->octets_left =
      maildrop_.octets(message_) - std::min(maildrop_.octets(message_), octets_taken_);
  batch->stream = StartStream(request, batch->octets_left);
  return batch;
}

void MessageSource::Seek(uint32_t message, v1::BodySection section, bool read_ahead) {
  in_order_ = read_ahead && section == section_ && message == Following(message_);
  if (in_order_ && current_ != nullptr && !current_->in_message) {
    if (current_->messages.empty() && next_ != nullptr) {
      current_ = std::move(next_);
    }
    if (!current_->messages.empty() && current_->messages.front() == message) {
      return;
    }
  }
  Cancel();
  section_ = section;
  if (!in_order_) {
    plan_.Restart();
  }
  current_ =
      StartBatch(read_ahead ? plan_.NextBatch(maildrop_, message) : std::vector<uint32_t>{message});
}

void MessageSource::ReadAhead() {
  if (!in_order_ || next_ != nullptr || current_->octets_left > ReadAheadPlan::kMaxBatchOctets) {
    return;
  }
  const uint32_t last = current_->messages.empty() ? message_ : current_->messages.back();
  const std::vector<uint32_t> messages = plan_.NextBatch(maildrop_, last + 1);
  if (!messages.empty()) {
    next_ = StartBatch(messages);
  }
}

absl::Status MessageSource::Accept(const v1::BodyFrame& frame) {
  Batch& batch = *current_;
  if (!batch.in_message) {
    if (frame.uid() != static_cast<uint32_t>(maildrop_.uid(message_))) {
      return absl::InternalError("FetchBody answered with another message");
    }
    batch.messages.pop_front();
  }
  batch.in_message = !frame.last();
  uint64_t taken = frame.data().size();
  octets_taken_ += taken;
  if (frame.last() && octets_taken_ < maildrop_.octets(message_)) {
    taken += maildrop_.octets(message_) - octets_taken_;  // a section has less than the message
  }
  batch.octets_left -= std::min(batch.octets_left, taken);
  frame_shown_ = false;
  return absl::OkStatus();
}

asio::awaitable<absl::Status> MessageSource::TakeFrame() {
  absl::Status status = absl::UnavailableError("no mailstore is known");
  for (int resumptions = 0; resumptions <= kMostResumptions; ++resumptions) {
    if (resumptions > 1) {
      co_await runtime::Sleep(kResumptionPause * resumptions);
    }
    if (resumptions > 0) {
      next_.reset();
      current_ = StartRest();
    }
    if (current_->stream == nullptr) {
      break;
    }
    absl::StatusOr<v1::BodyFrame> frame = co_await current_->stream->Next();
    if (frame.ok()) {
      frame_ = *std::move(frame);
      co_return Accept(frame_);
    }
    status = frame.status();
    if (!rpc::ShouldTryNext(status)) {
      break;
    }
    current_->stream->replica().MarkDown();
  }
  co_return absl::IsOutOfRange(status) ? absl::InternalError("FetchBody ended too early") : status;
}

asio::awaitable<absl::StatusOr<uint64_t>> MessageSource::Open(uint32_t message,
                                                              v1::BodySection section,
                                                              bool read_ahead) {
  Seek(message, section, read_ahead);
  message_ = message;
  octets_taken_ = 0;
  const absl::Status taken = co_await TakeFrame();
  if (!taken.ok()) {
    Cancel();
    co_return taken;
  }
  if (frame_.gone()) {
    co_return absl::NotFoundError("the message is gone");
  }
  ReadAhead();
  co_return frame_.total();
}

asio::awaitable<absl::StatusOr<absl::string_view>> MessageSource::Next() {
  while (frame_shown_ || frame_.data().empty()) {
    if (!current_->in_message) {
      co_return absl::string_view();
    }
    const absl::Status taken = co_await TakeFrame();
    if (!taken.ok()) {
      Cancel();
      co_return taken;
    }
    if (frame_.gone()) {
      Cancel();
      co_return absl::NotFoundError("the message is gone");
    }
    ReadAhead();
  }
  frame_shown_ = true;
  co_return absl::string_view(frame_.data());
}

}  // namespace posthorn::pop3
