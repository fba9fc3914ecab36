// The part of the QueueAdmin service that is about sites, routes, reports and limits.
#include <limits>
#include <string>
#include <vector>

#include "common/log/log.h"
#include "common/rpc/server_call.h"
#include "mailstore/directory/account_repository.h"
#include "mailstore/outbound/queue_admin_service.h"
#include "mailstore/outbound/route_rows.h"
#include "mailstore/outbound/route_rule.h"
#include "mailstore/outbound/site_admin_rows.h"

namespace posthorn::store {
namespace {

constexpr uint32_t kMaxPage = 10'000;
constexpr uint32_t kMaxRecipientsPerDay = std::numeric_limits<int32_t>::max();

absl::Status Invalid(absl::string_view why) { return absl::InvalidArgumentError(why); }

}  // namespace

QueueAdminService::Reactor* QueueAdminService::ListSites(Context* context,
                                                         const v1::ListSitesRequest* request,
                                                         v1::ListSitesResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoListSites(*request, *response));
}

QueueAdminService::Reactor* QueueAdminService::ChangeSite(Context* context,
                                                          const v1::ChangeSiteRequest* request,
                                                          v1::ChangeSiteResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, *request, DoChangeSite(*request));
}

QueueAdminService::Reactor* QueueAdminService::SetRoute(Context* context,
                                                        const v1::SetRouteRequest* request,
                                                        v1::SetRouteResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, *request, DoSetRoute(*request));
}

QueueAdminService::Reactor* QueueAdminService::ListRoutes(Context* context,
                                                          const v1::ListRoutesRequest* /*request*/,
                                                          v1::ListRoutesResponse* response) {
  return rpc::RunUnary(executor_, context, DoListRoutes(*response));
}

QueueAdminService::Reactor* QueueAdminService::RemoveRoute(Context* context,
                                                           const v1::RemoveRouteRequest* request,
                                                           v1::RemoveRouteResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, *request, DoRemoveRoute(*request));
}

QueueAdminService::Reactor* QueueAdminService::SetSendingLimit(
    Context* context, const v1::SetSendingLimitRequest* request,
    v1::SetSendingLimitResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, *request, DoSetSendingLimit(*request));
}

QueueAdminService::Reactor* QueueAdminService::SendTlsReports(
    Context* context, const v1::SendTlsReportsRequest* request,
    v1::SendTlsReportsResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoSendTlsReports(*request, *response));
}

QueueAdminService::Outcome QueueAdminService::DoSendTlsReports(
    const v1::SendTlsReportsRequest& request, v1::SendTlsReportsResponse& response) {
  if (!send_reports_) {
    co_return absl::UnimplementedError("this server sends no reports");
  }
  const auto sent =
      co_await send_reports_(request.today() ? TlsReportScope::kToday : TlsReportScope::kOver);
  if (sent.ok()) {
    response.set_reports(*sent);
  }
  co_return sent.status();
}

QueueAdminService::Outcome QueueAdminService::DoListSites(const v1::ListSitesRequest& request,
                                                          v1::ListSitesResponse& response) {
  if (request.limit() == 0 || request.limit() > kMaxPage) {
    co_return Invalid("limit is 1 to 10,000");
  }
  auto list = [&request](Connection& connection) -> absl::StatusOr<std::vector<v1::Site>> {
    return store::ListSites(connection, request.after(), static_cast<int>(request.limit()));
  };
  absl::StatusOr<std::vector<v1::Site>> sites = co_await database_.Run(std::move(list));
  if (!sites.ok()) {
    co_return sites.status();
  }
  for (v1::Site& site : *sites) {
    response.add_sites()->Swap(&site);
  }
  co_return absl::OkStatus();
}

QueueAdminService::Outcome QueueAdminService::DoChangeSite(const v1::ChangeSiteRequest& request) {
  const absl::StatusOr<std::string> site = ParseSite(request.site());
  if (!site.ok()) {
    co_return site.status();
  }
  auto change = [&site, suspend = request.suspend()](Connection& connection) {
    return store::ChangeSite(connection, *site, suspend);
  };
  const absl::Status status = co_await database_.Run(std::move(change));
  if (status.ok()) {
    log::Info(request.suspend() ? "site suspended" : "site resumed",
              {{"who", "mailctl"}, {"site", *site}});
  }
  co_return status;
}

QueueAdminService::Outcome QueueAdminService::DoSetRoute(const v1::SetRouteRequest& request) {
  const absl::StatusOr<v1::RouteRule> rule = ParseRouteRule(request.rule());
  if (!rule.ok()) {
    co_return rule.status();
  }
  auto set = [&rule](Connection& connection) {
    store::SetRoute(connection, *rule);
    return absl::OkStatus();
  };
  const absl::Status status = co_await database_.Run(std::move(set));
  if (status.ok()) {
    log::Info("route set", {{"who", "mailctl"},
                            {"recipient_domain", rule->recipient_domain()},
                            {"sender_domain", rule->sender_domain()},
                            {"name", rule->route().name()},
                            {"host", rule->route().host()},
                            {"port", rule->route().port()}});
  }
  co_return status;
}

QueueAdminService::Outcome QueueAdminService::DoListRoutes(v1::ListRoutesResponse& response) {
  auto list = [](Connection& connection) -> absl::StatusOr<std::vector<v1::RouteRule>> {
    return LoadRoutes(connection);
  };
  absl::StatusOr<std::vector<v1::RouteRule>> rules = co_await database_.Run(std::move(list));
  if (!rules.ok()) {
    co_return rules.status();
  }
  for (v1::RouteRule& rule : *rules) {
    rule.mutable_route()->clear_password();
    rule.mutable_route()->clear_client_key();
    response.add_rules()->Swap(&rule);
  }
  co_return absl::OkStatus();
}

QueueAdminService::Outcome QueueAdminService::DoRemoveRoute(const v1::RemoveRouteRequest& request) {
  const absl::StatusOr<RouteDomains> domains =
      ParseRouteDomains(request.recipient_domain(), request.sender_domain());
  if (!domains.ok()) {
    co_return domains.status();
  }
  auto remove = [&domains](Connection& connection) {
    return store::RemoveRoute(connection, domains->recipient, domains->sender);
  };
  const absl::Status status = co_await database_.Run(std::move(remove));
  if (status.ok()) {
    log::Info("route removed", {{"who", "mailctl"},
                                {"recipient_domain", domains->recipient},
                                {"sender_domain", domains->sender}});
  }
  co_return status;
}

QueueAdminService::Outcome QueueAdminService::DoSetSendingLimit(
    const v1::SetSendingLimitRequest& request) {
  const absl::StatusOr<LocalAddress> address = ParseNewAddress(request.address());
  if (!address.ok()) {
    co_return address.status();
  }
  if (request.recipients_per_day() > kMaxRecipientsPerDay) {
    co_return Invalid("the limit is too large");
  }
  auto set = [&address,
              limit = static_cast<int32_t>(request.recipients_per_day())](Connection& connection) {
    return store::SetSendingLimit(connection, address->key, limit);
  };
  const absl::Status status = co_await database_.Run(std::move(set));
  if (status.ok()) {
    log::Info("sending limit set", {{"who", "mailctl"},
                                    {"address", address->key},
                                    {"recipients_per_day", request.recipients_per_day()}});
  }
  co_return status;
}

}  // namespace posthorn::store
