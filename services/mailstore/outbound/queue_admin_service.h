// The QueueAdmin service of the contract (outbound.proto), for mailctl.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailstore/auth/hash_pool.h"
#include "mailstore/db/pool.h"
#include "mailstore/outbound/tls_report_rows.h"
#include "posthorn/v1/outbound.grpc.pb.h"

namespace posthorn::store {

// Handlers run as coroutines on `executor`. Each change is logged with what it is about. All that
// is passed must outlive the server.
class QueueAdminService final : public v1::QueueAdmin::CallbackService {
 public:
  // Keys are made on `threads`.
  QueueAdminService(boost::asio::any_io_executor executor, Pool& database, HashPool& threads)
      : executor_(std::move(executor)), database_(database), threads_(threads) {}

  // What SendTlsReports calls; without it the call is UNIMPLEMENTED. Before the server starts.
  using SendReports =
      std::function<boost::asio::awaitable<absl::StatusOr<uint64_t>>(TlsReportScope scope)>;
  void SendTlsReportsBy(SendReports send) { send_reports_ = std::move(send); }

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* ListQueue(Context*, const v1::ListQueueRequest*, v1::ListQueueResponse*) override;
  Reactor* ShowQueued(Context*, const v1::ShowQueuedRequest*, v1::ShowQueuedResponse*) override;
  Reactor* SearchLog(Context*, const v1::SearchLogRequest*, v1::SearchLogResponse*) override;
  Reactor* ChangeQueue(Context*, const v1::ChangeQueueRequest*, v1::ChangeQueueResponse*) override;
  Reactor* ListSites(Context*, const v1::ListSitesRequest*, v1::ListSitesResponse*) override;
  Reactor* ChangeSite(Context*, const v1::ChangeSiteRequest*, v1::ChangeSiteResponse*) override;
  Reactor* SetRoute(Context*, const v1::SetRouteRequest*, v1::SetRouteResponse*) override;
  Reactor* ListRoutes(Context*, const v1::ListRoutesRequest*, v1::ListRoutesResponse*) override;
  Reactor* RemoveRoute(Context*, const v1::RemoveRouteRequest*, v1::RemoveRouteResponse*) override;
  Reactor* AddDkimKey(Context*, const v1::AddDkimKeyRequest*, v1::AddDkimKeyResponse*) override;
  Reactor* ListDkimKeys(Context*, const v1::ListDkimKeysRequest*,
                        v1::ListDkimKeysResponse*) override;
  Reactor* ChangeDkimKey(Context*, const v1::ChangeDkimKeyRequest*,
                         v1::ChangeDkimKeyResponse*) override;
  Reactor* SendTlsReports(Context*, const v1::SendTlsReportsRequest*,
                          v1::SendTlsReportsResponse*) override;
  Reactor* SetSendingLimit(Context*, const v1::SetSendingLimitRequest*,
                           v1::SetSendingLimitResponse*) override;

 private:
  using Outcome = boost::asio::awaitable<absl::Status>;

  Outcome DoListQueue(const v1::ListQueueRequest& request, v1::ListQueueResponse& response);
  Outcome DoShowQueued(const v1::ShowQueuedRequest& request, v1::ShowQueuedResponse& response);
  Outcome DoSearchLog(const v1::SearchLogRequest& request, v1::SearchLogResponse& response);
  Outcome DoChangeQueue(const v1::ChangeQueueRequest& request, v1::ChangeQueueResponse& response);
  Outcome DoListSites(const v1::ListSitesRequest& request, v1::ListSitesResponse& response);
  Outcome DoChangeSite(const v1::ChangeSiteRequest& request);
  Outcome DoSetRoute(const v1::SetRouteRequest& request);
  Outcome DoListRoutes(v1::ListRoutesResponse& response);
  Outcome DoRemoveRoute(const v1::RemoveRouteRequest& request);
  Outcome DoAddDkimKey(const v1::AddDkimKeyRequest& request, v1::AddDkimKeyResponse& response);
  Outcome DoListDkimKeys(const v1::ListDkimKeysRequest& request,
                         v1::ListDkimKeysResponse& response);
  Outcome DoChangeDkimKey(const v1::ChangeDkimKeyRequest& request,
                          v1::ChangeDkimKeyResponse& response);
  Outcome DoSendTlsReports(const v1::SendTlsReportsRequest& request,
                           v1::SendTlsReportsResponse& response);
  Outcome DoSetSendingLimit(const v1::SetSendingLimitRequest& request);

  const boost::asio::any_io_executor executor_;
  Pool& database_;
  HashPool& threads_;
  SendReports send_reports_;
};

}  // namespace posthorn::store
