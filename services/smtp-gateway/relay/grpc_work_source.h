// WorkSource over gRPC: any replica of mailstore, failing over to the next.
#pragma once

#include <grpcpp/client_context.h>

#include <atomic>
#include <mutex>
#include <set>
#include <string>

#include "common/rpc/mailstore_pool.h"
#include "smtp-gateway/relay/work_source.h"

namespace posthorn::relay {

// Thread-safe.
class GrpcWorkSource final : public WorkSource {
 public:
  explicit GrpcWorkSource(const rpc::MailstorePool& pool) : pool_(pool) {}

  asio::awaitable<absl::StatusOr<v1::ClaimWorkResponse>> Claim(
      const v1::ClaimWorkRequest& request) override;
  void CancelClaims() override;
  asio::awaitable<absl::StatusOr<v1::RenewWorkResponse>> Renew(
      const v1::RenewWorkRequest& request) override;
  asio::awaitable<absl::Status> NoteDataSent(const v1::NoteDataSentRequest& request) override;
  asio::awaitable<absl::StatusOr<v1::FinishWorkResponse>> Finish(
      const v1::FinishWorkRequest& request) override;
  std::unique_ptr<client::Body> Open(const asio::any_io_executor& executor,
                                     uint64_t message_id) override;
  asio::awaitable<absl::StatusOr<v1::StsPolicy>> GetStsPolicy(std::string domain) override;
  asio::awaitable<absl::Status> PutStsPolicy(const v1::PutStsPolicyRequest& request) override;
  asio::awaitable<absl::Status> CountTlsSessions(
      const v1::CountTlsSessionsRequest& request) override;

 private:
  void Register(grpc::ClientContext* context);
  void Unregister(grpc::ClientContext* context);

  const rpc::MailstorePool& pool_;
  std::atomic<uint64_t> next_claim_ = 0;
  std::mutex mutex_;  // of what follows
  bool claims_cancelled_ = false;
  std::set<grpc::ClientContext*> claims_;
};

}  // namespace posthorn::relay
