#include "imap-gateway/store/append_stream.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "common/runtime/runtime.h"

namespace posthorn::imap {
namespace {

// Octets of a message that goes in one piece.
constexpr std::size_t kMostHeld = 64 * 1024;
constexpr std::chrono::seconds kSettleFor{60};
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{2000};

}  // namespace

// The call itself: a stream of requests, and the store's word that it takes them, which comes as
// the call's initial metadata.
class AppendStream::Call {
 public:
  Call(const asio::any_io_executor& executor, v1::Message::Stub& stub)
      : reactor_(new Reactor(executor)) {
    reactor_->context.set_deadline(std::chrono::system_clock::now() + kStreamTimeout);
    stub.async()->Append(&reactor_->context, &reactor_->response, reactor_);
    reactor_->AddHold();
    reactor_->StartCall();
  }
  ~Call() { reactor_->Abandon(); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  asio::awaitable<bool> Write(const v1::AppendRequest& request, bool last) {
    auto start = [this, &request, last] {
      if (last) {
        reactor_->StartWriteLast(&request, grpc::WriteOptions());
      } else {
        reactor_->StartWrite(&request);
      }
    };
    co_return co_await reactor_->operation.Wait(start);
  }

  // Once. False: the call has ended, Finish says why.
  asio::awaitable<bool> Accepted() {
    auto start = [this] { reactor_->JoinAccepted(); };
    co_return co_await reactor_->accepted.Wait(start);
  }

  // Once.
  asio::awaitable<absl::Status> Finish() { return rpc::FinishStream<Base>(reactor_); }
  const v1::AppendResponse& response() const { return reactor_->response; }

 private:
  using Base = rpc::StreamReactor<grpc::ClientWriteReactor<v1::AppendRequest>>;
  struct Reactor final : Base {
    explicit Reactor(const asio::any_io_executor& executor) : Base(executor), accepted(executor) {}
    void OnWriteDone(bool ok) override { operation.Complete(ok); }
    void OnReadInitialMetadataDone(bool ok) override {
      is_accepted = ok && context.GetServerInitialMetadata().count("accepted") > 0;
      JoinAccepted();
    }
    // The metadata and the one who waits for it meet here; the second one completes the wait.
    void JoinAccepted() {
      if (++met == 2) {
        accepted.Complete(is_accepted);
      }
    }

    v1::AppendResponse response;
    rpc::Completion<bool> accepted;
    bool is_accepted = false;
    std::atomic<int> met = 0;
  };

  Reactor* reactor_;
};

AppendStream::AppendStream(Mailstore& store, v1::AppendStart start)
    : store_(store), start_(std::move(start)) {}

AppendStream::~AppendStream() = default;

asio::awaitable<absl::Status> AppendStream::Send(v1::AppendRequest request, bool last) {
  const bool written = co_await call_->Write(request, last);
  if (written) {
    co_return absl::OkStatus();
  }
  const absl::Status status = co_await call_->Finish();
  co_return status.ok() ? absl::InternalError("the store ended an append early") : status;
}

asio::awaitable<absl::Status> AppendStream::Begin(v1::AppendMessage message) {
  auto caller = co_await store_.login().Caller();
  if (!caller.ok()) {
    co_return caller.status();
  }
  *start_.mutable_caller() = *std::move(caller);
  replicas_ = store_.pool().Ranked(store_.login().key());
  *held_.mutable_start() = start_;
  *held_.mutable_message() = std::move(message);
  co_return held_.message().size() <= kMostHeld ? absl::OkStatus() : co_await Open();
}

asio::awaitable<absl::Status> AppendStream::Open() {
  absl::Status status = absl::UnavailableError("no mailstore is known");
  const auto executor = co_await asio::this_coro::executor;
  for (; next_replica_ < replicas_.size(); ++next_replica_) {
    const rpc::ReplicaPtr& replica = replicas_[next_replica_];
    stub_ = v1::Message::NewStub(replica->channel());
    call_ = std::make_unique<Call>(executor, *stub_);
    status = co_await Send(held_, false);
    if (!rpc::ShouldTryNext(status)) {
      break;
    }
    replica->MarkDown();
  }
  held_.Clear();
  co_return status;
}

asio::awaitable<absl::Status> AppendStream::Next(v1::AppendMessage message) {
  if (!call_) {
    const absl::Status opened = co_await Open();
    if (!opened.ok()) {
      co_return opened;
    }
  }
  v1::AppendRequest request;
  *request.mutable_message() = std::move(message);
  co_return co_await Send(std::move(request), false);
}

asio::awaitable<absl::Status> AppendStream::Write(absl::string_view octets) {
  if (!call_ && held_.data().size() + octets.size() <= kMostHeld) {
    held_.mutable_data()->append(octets.data(), octets.size());
    co_return absl::OkStatus();
  }
  if (!call_) {
    const absl::Status opened = co_await Open();
    if (!opened.ok()) {
      co_return opened;
    }
  }
  v1::AppendRequest request;
  request.set_data(octets.data(), octets.size());
  co_return co_await Send(std::move(request), false);
}

asio::awaitable<absl::Status> AppendStream::Probe() {
  if (!call_) {
    const absl::Status opened = co_await Open();
    if (!opened.ok()) {
      co_return opened;
    }
  }
  if (accepted_) {
    v1::AppendRequest nothing;
    co_return co_await Send(std::move(nothing), false);
  }
  accepted_ = co_await call_->Accepted();
  if (accepted_) {
    co_return absl::OkStatus();
  }
  const absl::Status status = co_await call_->Finish();
  co_return status.ok() ? absl::InternalError("the store ended an append early") : status;
}

asio::awaitable<absl::Status> AppendStream::CommitWhole() {
  held_.set_last(true);
  const auto answer = co_await rpc::CallByLink(replicas_, next_replica_,
                                               rpc::MethodPath<v1::Message, v1::AppendRequest>(),
                                               held_.SerializeAsString(), kCallTimeout);
  if (!answer) {
    held_.set_last(false);
    co_return co_await Open();
  }
  if (rpc::OutcomeUnknown(answer->status())) {
    co_return co_await Settle();
  }
  if (answer->ok() &&
      !((*answer)->responses_size() == 1 && response_.ParseFromString((*answer)->responses(0)))) {
    co_return absl::InternalError("an answer without its response");
  }
  co_return answer->status();
}

asio::awaitable<absl::Status> AppendStream::Commit() {
  if (!call_) {
    const absl::Status status = co_await CommitWhole();
    if (!call_ || !status.ok()) {
      co_return status;
    }
  }
  v1::AppendRequest request;
  request.set_last(true);
  const absl::Status sent = co_await Send(std::move(request), true);
  if (!sent.ok()) {
    // Without the last frame nothing is added.
    co_return sent;
  }
  const absl::Status status = co_await call_->Finish();
  if (rpc::OutcomeUnknown(status)) {
    co_return co_await Settle();
  }
  response_ = call_->response();
  co_return status;
}

asio::awaitable<absl::Status> AppendStream::Settle() {
  v1::SettleAppendRequest request;
  request.set_mailbox(start_.mailbox());
  request.set_idempotency_key(start_.idempotency_key());
  const auto deadline = std::chrono::steady_clock::now() + kSettleFor;
  std::chrono::milliseconds pause = kFirstPause;
  while (true) {
    v1::SettleAppendResponse settled;
    const absl::Status status =
        co_await store_.Call<v1::Message>(&MessageMethods::SettleAppend, request, settled);
    if (status.ok() && settled.has_appended()) {
      response_ = settled.appended();
      co_return absl::OkStatus();
    }
    if (status.ok()) {
      co_return rpc::MakeError(absl::StatusCode::kUnavailable,
                               v1::ErrorDetail::REASON_STORE_UNAVAILABLE,
                               "the store was lost before it added the messages");
    }
    if (!rpc::IsTemporary(status) || std::chrono::steady_clock::now() >= deadline) {
      co_return rpc::MakeError(absl::StatusCode::kUnavailable,
                               v1::ErrorDetail::REASON_OUTCOME_UNKNOWN, status.message());
    }
    co_await runtime::Sleep(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace posthorn::imap
