// The queue as a relay worker sees it. An interface so that workers are tested without one.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/client/transaction.h"

namespace posthorn::relay {

namespace asio = boost::asio;

// Errors are those of service Outbound (proto/posthorn/v1/outbound.proto). Calls go on on the
// executor of the caller.
class WorkSource {
 public:
  virtual ~WorkSource() = default;

  // CANCELLED after CancelClaims.
  virtual asio::awaitable<absl::StatusOr<v1::ClaimWorkResponse>> Claim(
      const v1::ClaimWorkRequest& request) = 0;
  // Ends every Claim under way and to come; from any thread.
  virtual void CancelClaims() = 0;

  virtual asio::awaitable<absl::StatusOr<v1::RenewWorkResponse>> Renew(
      const v1::RenewWorkRequest& request) = 0;
  virtual asio::awaitable<absl::Status> NoteDataSent(const v1::NoteDataSentRequest& request) = 0;
  virtual asio::awaitable<absl::StatusOr<v1::FinishWorkResponse>> Finish(
      const v1::FinishWorkRequest& request) = 0;

  // Begins to fetch a message; its pieces are awaited on `executor`.
  virtual std::unique_ptr<client::Body> Open(const asio::any_io_executor& executor,
                                             uint64_t message_id) = 0;

  virtual asio::awaitable<absl::StatusOr<v1::StsPolicy>> GetStsPolicy(std::string domain) = 0;
  virtual asio::awaitable<absl::Status> PutStsPolicy(const v1::PutStsPolicyRequest& request) = 0;
  virtual asio::awaitable<absl::Status> CountTlsSessions(
      const v1::CountTlsSessionsRequest& request) = 0;
};

}  // namespace posthorn::relay
