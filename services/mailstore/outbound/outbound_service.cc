#include "mailstore/outbound/outbound_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/failpoint/failpoint.h"
#include "mailstore/outbound/carried_octets.h"
#include "mailstore/outbound/tls_policies.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kWorkerIdSize = 16;
constexpr uint32_t kMostRecipients = 1'000;
constexpr uint32_t kMostPatience = 30'000;

template <typename Request>
absl::Status CheckWorker(const Request& request) {
  return request.worker_id().size() == kWorkerIdSize
             ? absl::OkStatus()
             : absl::InvalidArgumentError("worker_id: 16 octets");
}

absl::Status CheckCount(int n) {
  return static_cast<uint32_t>(n) <= kMostRecipients
             ? absl::OkStatus()
             : absl::InvalidArgumentError("at most 1,000 recipients");
}

std::vector<v1::Lease> LeasesOf(const google::protobuf::RepeatedPtrField<v1::Lease>& leases) {
  return {leases.begin(), leases.end()};
}

}  // namespace

OutboundService::OutboundService(runtime::Runtime& runtime, Store& store,
                                 int64_t lease_milliseconds)
    : runtime_(runtime),
      store_(store),
      lease_milliseconds_(lease_milliseconds),
      finisher_(
          store.options().queue, store.sending_rules(), store.signer(),
          [&store](const Commit& commit) { store.Publish(commit); }, lease_milliseconds),
      claims_(runtime, store.outbound(), finisher_) {
  claims_.Start();
  store.OnQueued([this] { claims_.Ring(); });
}

OutboundService::~OutboundService() { store_.OnQueued(nullptr); }

OutboundService::Reactor* OutboundService::ClaimWork(Context* context,
                                                     const v1::ClaimWorkRequest* request,
                                                     v1::ClaimWorkResponse* response) {
  auto claim = [=, this](const rpc::Cancellation& cancellation) {
    return DoClaim(cancellation, *request, *response);
  };
  return rpc::RunCancellable(claims_.executor(), context, *request, std::move(claim));
}

OutboundService::Reactor* OutboundService::RenewWork(Context* context,
                                                     const v1::RenewWorkRequest* request,
                                                     v1::RenewWorkResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoRenew(*request, *response));
}

OutboundService::Reactor* OutboundService::NoteDataSent(Context* context,
                                                        const v1::NoteDataSentRequest* request,
                                                        v1::NoteDataSentResponse*) {
  return rpc::RunUnary(Executor(), context, *request, DoNote(*request));
}

OutboundService::Reactor* OutboundService::FinishWork(Context* context,
                                                      const v1::FinishWorkRequest* request,
                                                      v1::FinishWorkResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoFinish(*request, *response));
}

grpc::ServerWriteReactor<v1::FetchQueuedResponse>* OutboundService::FetchQueued(
    Context*, const v1::FetchQueuedRequest* request) {
  auto* stream = new Stream(Executor());
  return stream->Run(rpc::Logged(*request, DoFetch(request->message_id(), *stream)));
}

OutboundService::Reactor* OutboundService::GetStsPolicy(Context* context,
                                                        const v1::GetStsPolicyRequest* request,
                                                        v1::GetStsPolicyResponse* response) {
  return rpc::RunUnary(Executor(), context, *request,
                       store::GetStsPolicy(store_.reads(), *request, *response));
}

OutboundService::Reactor* OutboundService::PutStsPolicy(Context* context,
                                                        const v1::PutStsPolicyRequest* request,
                                                        v1::PutStsPolicyResponse*) {
  return rpc::RunUnary(Executor(), context, *request,
                       store::PutStsPolicy(store_.reads(), *request));
}

OutboundService::Reactor* OutboundService::CountTlsSessions(
    Context* context, const v1::CountTlsSessionsRequest* request, v1::CountTlsSessionsResponse*) {
  return rpc::RunUnary(Executor(), context, *request,
                       store::CountTlsSessions(store_.reads(), *request));
}

OutboundService::Outcome OutboundService::DoClaim(const rpc::Cancellation& cancellation,
                                                  const v1::ClaimWorkRequest& request,
                                                  v1::ClaimWorkResponse& response) {
  if (const absl::Status status = CheckWorker(request); !status.ok()) {
    co_return status;
  }
  if (request.max_recipients() == 0 || request.max_recipients() > kMostRecipients) {
    co_return absl::InvalidArgumentError("max_recipients: 1 to 1,000");
  }
  const std::chrono::milliseconds patience(std::min(request.wait_milliseconds(), kMostPatience));
  SlotWanted wanted{request.worker_id(), request.max_recipients()};
  absl::StatusOr<std::optional<v1::Work>> work =
      co_await claims_.Claim(std::move(wanted), patience, cancellation);
  if (!work.ok()) {
    co_return work.status();
  }
  if (work->has_value()) {
    *response.mutable_work() = **std::move(work);
    co_await CarryOctets(store_, *response.mutable_work());
    if (failpoint::Armed()) {
      co_return co_await failpoint::Pass(failpoint::Point::kStoreClaimCommitted);
    }
  }
  co_return absl::OkStatus();
}

OutboundService::Outcome OutboundService::DoRenew(const v1::RenewWorkRequest& request,
                                                  v1::RenewWorkResponse& response) {
  if (const absl::Status status = CheckWorker(request); !status.ok()) {
    co_return status;
  }
  if (const absl::Status status = CheckCount(request.leases_size()); !status.ok()) {
    co_return status;
  }
  auto renew = [&request, lease = lease_milliseconds_](
                   Connection& connection) -> absl::StatusOr<v1::RenewWorkResponse> {
    Transaction transaction(connection);
    v1::RenewWorkResponse renewed;
    const std::vector<uint64_t> held =
        RenewRecipients(transaction, request.worker_id(), LeasesOf(request.leases()), lease);
    renewed.mutable_recipient_ids()->Add(held.begin(), held.end());
    renewed.set_slot_held(RenewSlot(transaction, request.worker_id(), request.slot(), lease));
    transaction.Commit();
    return renewed;
  };
  absl::StatusOr<v1::RenewWorkResponse> renewed = co_await store_.outbound().Run(std::move(renew));
  if (renewed.ok()) {
    response = *std::move(renewed);
    if (failpoint::Armed()) {
      co_return co_await failpoint::Pass(failpoint::Point::kStoreRenewCommitted);
    }
  }
  co_return renewed.status();
}

OutboundService::Outcome OutboundService::DoNote(const v1::NoteDataSentRequest& request) {
  if (const absl::Status status = CheckWorker(request); !status.ok()) {
    co_return status;
  }
  if (const absl::Status status = CheckCount(request.leases_size()); !status.ok()) {
    co_return status;
  }
  auto note = [&request](Connection& connection) {
    Transaction transaction(connection);
    const std::vector<v1::Lease> leases = LeasesOf(request.leases());
    if (store::NoteDataSent(transaction, request.worker_id(), leases) != leases.size()) {
      return absl::AbortedError("a lease is lost");
    }
    // For people who look at the queue: what is right does not rest on it.
    transaction.CommitLater();
    return absl::OkStatus();
  };
  const absl::Status noted = co_await store_.outbound().Run(std::move(note));
  if (noted.ok() && failpoint::Armed()) {
    co_return co_await failpoint::Pass(failpoint::Point::kStoreTalkNoted);
  }
  co_return noted;
}

OutboundService::Outcome OutboundService::DoFinish(const v1::FinishWorkRequest& request,
                                                   v1::FinishWorkResponse& response) {
  if (const absl::Status status = CheckWorker(request); !status.ok()) {
    co_return status;
  }
  if (const absl::Status status = CheckCount(request.results_size()); !status.ok()) {
    co_return status;
  }
  if (request.more_recipients() > kMostRecipients) {
    co_return absl::InvalidArgumentError("more_recipients: at most 1,000");
  }
  auto finish = [this, &request](Connection& connection) {
    return finisher_.Finish(connection, request);
  };
  absl::StatusOr<v1::FinishWorkResponse> finished =
      co_await store_.outbound().Run(std::move(finish));
  if (finished.ok()) {
    response = *std::move(finished);
    if (response.has_work()) {
      co_await CarryOctets(store_, *response.mutable_work());
    }
    if (!request.results().empty() && failpoint::Armed()) {
      co_return co_await failpoint::Pass(failpoint::Point::kStoreSettleCommitted);
    }
  }
  co_return finished.status();
}

}  // namespace posthorn::store
