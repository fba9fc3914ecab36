#include "smtp-gateway/relay/grpc_work_source.h"

#include <utility>
#include <vector>

#include "common/rpc/client_call.h"
#include "common/rpc/status.h"
#include "posthorn/v1/outbound.grpc.pb.h"

namespace posthorn::relay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTimeout = seconds(10);
// One transaction for many recipients, with their notifications.
constexpr milliseconds kFinishTimeout = seconds(30);
// As long as a next hop may take for the message.
constexpr milliseconds kFetchTimeout = std::chrono::hours(2);

using FetchStream = rpc::ReadStream<v1::FetchQueuedResponse>;

// Asks the replicas in turn until one has sent the first piece.
class FetchedBody final : public client::Body {
 public:
  FetchedBody(asio::any_io_executor executor, std::vector<rpc::ReplicaPtr> replicas,
              uint64_t message_id)
      : executor_(std::move(executor)), replicas_(std::move(replicas)) {
    request_.set_message_id(message_id);
    OpenNext();
  }

  asio::awaitable<absl::StatusOr<absl::string_view>> Next() override {
    while (stream_) {
      if (co_await stream_->Read(&response_)) {
        begun_ = true;
        if (response_.data().empty()) {
          continue;
        }
        co_return response_.data();
      }
      const absl::Status status = co_await stream_->Finish();
      stream_.reset();
      if (status.ok()) {
        co_return absl::string_view();
      }
      if (begun_ || !rpc::ShouldTryNext(status) || next_ == replicas_.size()) {
        co_return status;
      }
      replicas_[next_ - 1]->MarkDown();
      OpenNext();
    }
    co_return absl::UnavailableError("no mailstore can be reached");
  }

 private:
  void OpenNext() {
    if (next_ == replicas_.size()) {
      return;
    }
    const auto stub = v1::Outbound::NewStub(replicas_[next_++]->channel());
    stream_ = FetchStream::Open(executor_, kFetchTimeout,
                                [&](grpc::ClientContext* context, auto* reactor) {
                                  stub->async()->FetchQueued(context, &request_, reactor);
                                });
  }

  const asio::any_io_executor executor_;
  const std::vector<rpc::ReplicaPtr> replicas_;
  size_t next_ = 0;
  v1::FetchQueuedRequest request_;
  v1::FetchQueuedResponse response_;
  std::unique_ptr<FetchStream> stream_;
  bool begun_ = false;
};

}  // namespace

void GrpcWorkSource::Register(grpc::ClientContext* context) {
  const std::lock_guard lock(mutex_);
  claims_.insert(context);
  if (claims_cancelled_) {
    context->TryCancel();
  }
}

void GrpcWorkSource::Unregister(grpc::ClientContext* context) {
  const std::lock_guard lock(mutex_);
  claims_.erase(context);
}

void GrpcWorkSource::CancelClaims() {
  const std::lock_guard lock(mutex_);
  claims_cancelled_ = true;
  for (grpc::ClientContext* context : claims_) {
    context->TryCancel();
  }
}

asio::awaitable<absl::StatusOr<v1::ClaimWorkResponse>> GrpcWorkSource::Claim(
    const v1::ClaimWorkRequest& request) {
  v1::ClaimWorkResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    Register(context);
    auto ended = [this, context, done = std::move(done)](grpc::Status status) {
      Unregister(context);
      done(std::move(status));
    };
    stub->ClaimWork(context, &request, &response, std::move(ended));
  };
  // Claims go to all replicas in turn: each tells its own at once of what it queued.
  const absl::Status status = co_await rpc::CallMailstore<v1::Outbound>(
      pool_, rpc::KeyOf(next_claim_++), milliseconds(request.wait_milliseconds()) + kTimeout, call);
  if (!status.ok()) {
    co_return status;
  }
  co_return response;
}

asio::awaitable<absl::StatusOr<v1::RenewWorkResponse>> GrpcWorkSource::Renew(
    const v1::RenewWorkRequest& request) {
  v1::RenewWorkResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->RenewWork(context, &request, &response, std::move(done));
  };
  const absl::Status status = co_await rpc::CallMailstore<v1::Outbound>(
      pool_, rpc::KeyOf(absl::string_view(request.slot().site())), kTimeout, call);
  if (!status.ok()) {
    co_return status;
  }
  co_return response;
}

asio::awaitable<absl::Status> GrpcWorkSource::NoteDataSent(const v1::NoteDataSentRequest& request) {
  v1::NoteDataSentResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->NoteDataSent(context, &request, &response, std::move(done));
  };
  const uint64_t key = request.leases().empty() ? 0 : request.leases(0).message_id();
  co_return co_await rpc::CallMailstore<v1::Outbound>(pool_, rpc::KeyOf(key), kTimeout, call);
}

asio::awaitable<absl::StatusOr<v1::FinishWorkResponse>> GrpcWorkSource::Finish(
    const v1::FinishWorkRequest& request) {
  v1::FinishWorkResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->FinishWork(context, &request, &response, std::move(done));
  };
  const absl::Status status = co_await rpc::CallMailstore<v1::Outbound>(
      pool_, rpc::KeyOf(absl::string_view(request.slot().site())), kFinishTimeout, call);
  if (!status.ok()) {
    co_return status;
  }
  co_return response;
}

std::unique_ptr<client::Body> GrpcWorkSource::Open(const asio::any_io_executor& executor,
                                                   uint64_t message_id) {
  return std::make_unique<FetchedBody>(executor, pool_.Ranked(rpc::KeyOf(message_id)), message_id);
}

asio::awaitable<absl::StatusOr<v1::StsPolicy>> GrpcWorkSource::GetStsPolicy(std::string domain) {
  v1::GetStsPolicyRequest request;
  request.set_domain(domain);
  v1::GetStsPolicyResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->GetStsPolicy(context, &request, &response, std::move(done));
  };
  const absl::Status status = co_await rpc::CallMailstore<v1::Outbound>(
      pool_, rpc::KeyOf(absl::string_view(domain)), kTimeout, call);
  if (!status.ok()) {
    co_return status;
  }
  co_return response.policy();
}

asio::awaitable<absl::Status> GrpcWorkSource::PutStsPolicy(const v1::PutStsPolicyRequest& request) {
  v1::PutStsPolicyResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->PutStsPolicy(context, &request, &response, std::move(done));
  };
  co_return co_await rpc::CallMailstore<v1::Outbound>(
      pool_, rpc::KeyOf(absl::string_view(request.domain())), kTimeout, call);
}

asio::awaitable<absl::Status> GrpcWorkSource::CountTlsSessions(
    const v1::CountTlsSessionsRequest& request) {
  v1::CountTlsSessionsResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->CountTlsSessions(context, &request, &response, std::move(done));
  };
  co_return co_await rpc::CallMailstore<v1::Outbound>(pool_, rpc::KeyOf(uint64_t{0}), kTimeout,
                                                      call);
}

}  // namespace posthorn::relay
