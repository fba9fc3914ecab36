#include "pop3-gateway/session/body_stream.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "common/rpc/completion.h"
#include "common/rpc/status.h"
#include "posthorn/v1/message.grpc.pb.h"

namespace posthorn::pop3 {

namespace asio = boost::asio;

// Two owners: the stream, and gRPC until OnDone. A hold keeps the call open between reads, because
// the stream starts some of them; it is given back when no read will be started any more.
class BodyStream::Reactor final : public grpc::ClientReadReactor<v1::BodyFrame> {
 public:
  explicit Reactor(const asio::any_io_executor& executor) : changed_(executor) {}

  void Begin() {
    AddHold();
    reading_ = true;
    StartRead(&incoming_);
    StartCall();
  }

  // The stream's side.

  asio::awaitable<absl::StatusOr<v1::BodyFrame>> Next() {
    while (true) {
      std::optional<v1::BodyFrame> frame;
      bool read_on = false;
      {
        const std::lock_guard lock(mutex_);
        if (!frames_.empty()) {
          frame = std::move(frames_.front());
          frames_.pop_front();
          octets_ -= frame->data().size();
          read_on = !reading_ && !released_ && octets_ < kReadAheadOctets;
          reading_ = reading_ || read_on;
        } else if (done_) {
          co_return status_.ok() ? absl::OutOfRangeError("end of stream") : rpc::FromGrpc(status_);
        }
      }
      if (read_on) {
        StartRead(&incoming_);
      }
      if (frame.has_value()) {
        co_return *std::move(frame);
      }
      auto wait = [this] { BeginWait(); };
      co_await changed_.Wait(wait);
    }
  }

  // The stream goes; a read in progress ends by the cancellation and gives the hold back itself.
  void Abandon() {
    context.TryCancel();
    bool release = false;
    {
      const std::lock_guard lock(mutex_);
      abandoned_ = true;
      release = !reading_ && !released_;
      released_ = released_ || release;
    }
    if (release) {
      RemoveHold();
    }
    Unref();
  }

  // gRPC's side, on its threads.

  void OnReadDone(bool ok) override {
    bool read_on = false;
    bool release = false;
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      if (ok) {
        TakeIncoming();
        wake = std::exchange(waiting_, false);
      }
      read_on = ok && !abandoned_ && octets_ < kReadAheadOctets;
      reading_ = read_on;
      release = (!ok || abandoned_) && !released_;
      released_ = released_ || release;
    }
    if (read_on) {
      StartRead(&incoming_);
    }
    if (wake) {
      changed_.Complete(true);
    }
    if (release) {
      RemoveHold();
    }
  }

  void OnDone(const grpc::Status& status) override {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
      status_ = status;
      wake = std::exchange(waiting_, false);
    }
    if (wake) {
      changed_.Complete(true);
    }
    Unref();
  }

  grpc::ClientContext context;

 private:
  // With the lock held. Short bodies come packed, many frames in one.
  void TakeIncoming() {
    for (v1::BodyFrame& frame : *incoming_.mutable_packed()) {
      octets_ += frame.data().size();
      frames_.push_back(std::move(frame));
    }
    if (incoming_.packed().empty()) {
      octets_ += incoming_.data().size();
      frames_.push_back(std::move(incoming_));
    }
    incoming_.Clear();
  }

  // Under the lock: a frame that came since Next() looked must not be slept over.
  void BeginWait() {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      wake = !frames_.empty() || done_;
      waiting_ = !wake;
    }
    if (wake) {
      changed_.Complete(true);
    }
  }

  void Unref() {
    if (--owners_ == 0) {
      delete this;
    }
  }

  rpc::Completion<bool> changed_;
  v1::BodyFrame incoming_;  // of the read in progress

  std::mutex mutex_;
  std::deque<v1::BodyFrame> frames_;  // and all below: guarded by mutex_
  size_t octets_ = 0;                 // of frames_
  bool reading_ = false;
  bool waiting_ = false;
  bool abandoned_ = false;
  bool released_ = false;
  bool done_ = false;
  grpc::Status status_;

  std::atomic<int> owners_ = 2;
};

BodyStream::BodyStream(const asio::any_io_executor& executor, rpc::ReplicaPtr replica,
                       const v1::FetchBodyRequest& request, std::chrono::milliseconds timeout)
    : replica_(std::move(replica)), reactor_(new Reactor(executor)) {
  reactor_->context.set_deadline(std::chrono::system_clock::now() + timeout);
  const auto stub = v1::Message::NewStub(replica_->channel());
  stub->async()->FetchBody(&reactor_->context, &request, reactor_);
  reactor_->Begin();
}

BodyStream::~BodyStream() { reactor_->Abandon(); }

asio::awaitable<absl::StatusOr<v1::BodyFrame>> BodyStream::Next() { return reactor_->Next(); }

}  // namespace posthorn::pop3
