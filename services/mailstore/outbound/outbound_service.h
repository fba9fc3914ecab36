// The Outbound service (outbound.proto).
#pragma once

#include "common/rpc/server_call.h"
#include "common/runtime/runtime.h"
#include "mailstore/outbound/claim_queue.h"
#include "mailstore/outbound/finish.h"
#include "mailstore/store.h"
#include "posthorn/v1/outbound.grpc.pb.h"

namespace posthorn::store {

class OutboundService final : public v1::Outbound::CallbackService {
 public:
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  // Both must outlive it.
  OutboundService(runtime::Runtime& runtime, Store& store, int64_t lease_milliseconds);
  ~OutboundService() override;

  Reactor* ClaimWork(Context* context, const v1::ClaimWorkRequest* request,
                     v1::ClaimWorkResponse* response) override;
  Reactor* RenewWork(Context* context, const v1::RenewWorkRequest* request,
                     v1::RenewWorkResponse* response) override;
  Reactor* NoteDataSent(Context* context, const v1::NoteDataSentRequest* request,
                        v1::NoteDataSentResponse* response) override;
  Reactor* FinishWork(Context* context, const v1::FinishWorkRequest* request,
                      v1::FinishWorkResponse* response) override;
  grpc::ServerWriteReactor<v1::FetchQueuedResponse>* FetchQueued(
      Context* context, const v1::FetchQueuedRequest* request) override;
  Reactor* GetStsPolicy(Context* context, const v1::GetStsPolicyRequest* request,
                        v1::GetStsPolicyResponse* response) override;
  Reactor* PutStsPolicy(Context* context, const v1::PutStsPolicyRequest* request,
                        v1::PutStsPolicyResponse* response) override;
  Reactor* CountTlsSessions(Context* context, const v1::CountTlsSessionsRequest* request,
                            v1::CountTlsSessionsResponse* response) override;

  // Workers that wait are sent away. From any thread.
  void Drain() { claims_.Drain(); }

 private:
  using Outcome = boost::asio::awaitable<absl::Status>;
  using Stream = rpc::ServerWriter<v1::FetchQueuedResponse>;

  Outcome DoClaim(const rpc::Cancellation& cancellation, const v1::ClaimWorkRequest& request,
                  v1::ClaimWorkResponse& response);
  Outcome DoRenew(const v1::RenewWorkRequest& request, v1::RenewWorkResponse& response);
  Outcome DoNote(const v1::NoteDataSentRequest& request);
  Outcome DoFinish(const v1::FinishWorkRequest& request, v1::FinishWorkResponse& response);
  Outcome DoFetch(uint64_t message_id, Stream& stream);

  boost::asio::any_io_executor Executor() { return runtime_.Next().get_executor(); }

  runtime::Runtime& runtime_;
  Store& store_;
  const int64_t lease_milliseconds_;
  Finisher finisher_;
  ClaimQueue claims_;
};

}  // namespace posthorn::store
