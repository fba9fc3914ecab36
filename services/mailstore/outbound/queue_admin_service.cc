// The part of the QueueAdmin service that is about messages.
#include "mailstore/outbound/queue_admin_service.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/rpc/server_call.h"
#include "mailstore/outbound/queue_admin_rows.h"
#include "mailstore/outbound/queue_change_rows.h"
#include "mailstore/outbound/queue_id.h"
#include "mailstore/outbound/route_rule.h"
#include "mailstore/storage/blob_header.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;
using Change = v1::ChangeQueueRequest;

constexpr uint32_t kMaxPage = 10'000;
constexpr int kMaxShown = 10'000;  // recipients and log lines of one message
constexpr size_t kMaxHeader = 256 * 1024;
// Recipients that are changed in one transaction.
constexpr int kChangedAtOnce = 5'000;

absl::Status Invalid(absl::string_view why) { return absl::InvalidArgumentError(why); }

absl::Status CheckLimit(uint32_t limit) {
  return limit == 0 || limit > kMaxPage ? Invalid("limit is 1 to 10,000") : absl::OkStatus();
}

absl::StatusOr<v1::QueueFilter> ParseFilter(const v1::QueueFilter& filter) {
  v1::QueueFilter parsed = filter;
  if (!filter.site().empty()) {
    absl::StatusOr<std::string> site = ParseSite(filter.site());
    if (!site.ok()) {
      return site.status();
    }
    parsed.set_site(*std::move(site));
  }
  return parsed;
}

bool IsEmpty(const v1::QueueFilter& filter) {
  return filter.message_id() == 0 && filter.site().empty() && filter.reverse_path().empty() &&
         filter.forward_path().empty();
}

// As far as it is to be shown; empty if the message is gone.
absl::StatusOr<std::string> LoadShownHeader(Connection& connection, BlobKey key) {
  const std::vector<BlobBody> bodies = LoadBlobBodies(connection, key.account, {key.blob});
  if (bodies.empty()) {
    return std::string();
  }
  absl::StatusOr<std::string> header = LoadHeader(connection, key.account, bodies[0]);
  if (header.ok() && header->size() > kMaxHeader) {
    header->resize(kMaxHeader);
  }
  return header;
}

absl::StatusOr<v1::ShowQueuedResponse> Show(Connection& connection, uint64_t message_id) {
  v1::ShowQueuedResponse response;
  v1::QueueFilter filter;
  filter.set_message_id(message_id);
  for (v1::LogEntry& entry : LoadHistory(connection, message_id, kMaxShown)) {
    response.add_history()->Swap(&entry);
  }
  std::optional<v1::OutboundEnvelope> envelope = LoadQueuedEnvelope(connection, message_id);
  if (!envelope.has_value()) {
    return response.history().empty()
               ? absl::StatusOr<v1::ShowQueuedResponse>(
                     rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                                    absl::StrCat("nothing is known of message ", message_id)))
               : response;
  }
  *response.mutable_envelope() = *std::move(envelope);
  for (v1::QueueEntry& entry : ListQueue(connection, filter, 0, kMaxShown)) {
    response.add_recipients()->Swap(&entry);
  }
  absl::StatusOr<std::string> header = LoadShownHeader(connection, *FromQueueId(message_id));
  if (!header.ok()) {
    return header.status();
  }
  response.set_header(*std::move(header));
  return response;
}

}  // namespace

QueueAdminService::Reactor* QueueAdminService::ListQueue(Context* context,
                                                         const v1::ListQueueRequest* request,
                                                         v1::ListQueueResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoListQueue(*request, *response));
}

QueueAdminService::Reactor* QueueAdminService::ShowQueued(Context* context,
                                                          const v1::ShowQueuedRequest* request,
                                                          v1::ShowQueuedResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoShowQueued(*request, *response));
}

QueueAdminService::Reactor* QueueAdminService::SearchLog(Context* context,
                                                         const v1::SearchLogRequest* request,
                                                         v1::SearchLogResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoSearchLog(*request, *response));
}

QueueAdminService::Reactor* QueueAdminService::ChangeQueue(Context* context,
                                                           const v1::ChangeQueueRequest* request,
                                                           v1::ChangeQueueResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoChangeQueue(*request, *response));
}

QueueAdminService::Outcome QueueAdminService::DoListQueue(const v1::ListQueueRequest& request,
                                                          v1::ListQueueResponse& response) {
  if (absl::Status status = CheckLimit(request.limit()); !status.ok()) {
    co_return status;
  }
  const absl::StatusOr<v1::QueueFilter> filter = ParseFilter(request.filter());
  if (!filter.ok()) {
    co_return filter.status();
  }
  auto list = [&request, &response, &filter](Connection& connection) {
    response.Clear();
    const QueueTotals totals = CountQueue(connection, *filter);
    response.set_total_recipients(totals.recipients);
    response.set_total_messages(totals.messages);
    for (v1::QueueEntry& entry : store::ListQueue(connection, *filter, request.after_recipient_id(),
                                                  static_cast<int>(request.limit()))) {
      response.add_entries()->Swap(&entry);
    }
    return absl::OkStatus();
  };
  co_return co_await database_.Run(std::move(list));
}

QueueAdminService::Outcome QueueAdminService::DoShowQueued(const v1::ShowQueuedRequest& request,
                                                           v1::ShowQueuedResponse& response) {
  auto show = [id = request.message_id()](Connection& connection) { return Show(connection, id); };
  absl::StatusOr<v1::ShowQueuedResponse> shown = co_await database_.Run(std::move(show));
  if (shown.ok()) {
    response.Swap(&*shown);
  }
  co_return shown.status();
}

QueueAdminService::Outcome QueueAdminService::DoSearchLog(const v1::SearchLogRequest& request,
                                                          v1::SearchLogResponse& response) {
  if (absl::Status status = CheckLimit(request.limit()); !status.ok()) {
    co_return status;
  }
  if (request.text().empty()) {
    co_return Invalid("text to search for is missing");
  }
  auto search = [&request](Connection& connection) -> absl::StatusOr<std::vector<v1::LogEntry>> {
    return store::SearchLog(connection, request.text(), static_cast<int>(request.limit()));
  };
  absl::StatusOr<std::vector<v1::LogEntry>> entries = co_await database_.Run(std::move(search));
  if (!entries.ok()) {
    co_return entries.status();
  }
  for (v1::LogEntry& entry : *entries) {
    response.add_entries()->Swap(&entry);
  }
  co_return absl::OkStatus();
}

QueueAdminService::Outcome QueueAdminService::DoChangeQueue(const v1::ChangeQueueRequest& request,
                                                            v1::ChangeQueueResponse& response) {
  const absl::StatusOr<v1::QueueFilter> filter = ParseFilter(request.filter());
  if (!filter.ok()) {
    co_return filter.status();
  }
  if (IsEmpty(*filter)) {
    co_return Invalid("what is to be changed is not named");
  }
  if (!Change::Change_IsValid(request.change()) || request.change() == Change::CHANGE_UNSPECIFIED) {
    co_return Invalid("there is no such change");
  }
  QueueChangeStep step{.more = true};
  uint64_t changed = 0;
  while (step.more) {
    auto change = [&filter, kind = request.change(), after = step.last_recipient_id](
                      Connection& connection) -> absl::StatusOr<QueueChangeStep> {
      return store::ChangeQueue(connection, *filter, kind, after, kChangedAtOnce);
    };
    const absl::StatusOr<QueueChangeStep> done = co_await database_.Run(std::move(change));
    if (!done.ok()) {
      co_return done.status();
    }
    step = *done;
    changed += step.changed;
  }
  log::Info("queue changed", {{"who", "mailctl"},
                              {"change", Change::Change_Name(request.change())},
                              {"filter", filter->ShortDebugString()},
                              {"recipients", changed}});
  response.set_recipients(changed);
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
