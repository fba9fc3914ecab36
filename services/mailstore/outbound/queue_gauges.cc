#include "mailstore/outbound/queue_gauges.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "mailstore/outbound/queue_sql.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kEvery{15};
constexpr int kShare = 100;

// Every recipient is looked at, whatever index there is: so it is the time between two looks that
// depends on how many there are. The clock is read once.
constexpr Statement kStates{
    "queue_gauges.states",
    "SELECT count(*) FILTER (WHERE busy), count(*) FILTER (WHERE held AND NOT busy), "
    "count(*) FILTER (WHERE due AND NOT held AND NOT busy), "
    "count(*) FILTER (WHERE NOT due AND NOT held AND NOT busy) FROM (SELECT r.held, "
    "r.next_attempt_at <= n.now AS due, r.leased AND r.next_attempt_at > n.now AND "
    "r.next_attempt_at < " QUEUE_NEVER " AS busy FROM queue_recipient r, (SELECT " QUEUE_NOW
    " AS now OFFSET 0) n) s"};
constexpr Statement kSites{"queue_gauges.sites",
                           "SELECT count(*) FILTER (WHERE suspended), count(*) FILTER (WHERE NOT "
                           "suspended AND dead_until > " QUEUE_NOW ") FROM queue_site"};
// Ids ascend but for what sessions keep of the sequence: the oldest is among the first.
constexpr Statement kOldest{
    "queue_gauges.oldest",
    "SELECT coalesce(" QUEUE_NOW
    " / 1000 - min(created_at), 0) FROM (SELECT m.created_at FROM queue_recipient r JOIN "
    "queue_message m USING (account_id, blob_id) ORDER BY r.recipient_id LIMIT 1000) first"};

prometheus::Gauge& RecipientsIn(const char* state) {
  return metrics::Gauge("posthorn_queue_recipients", "Recipients in the outbound queue",
                        {{"state", state}});
}
prometheus::Gauge& SitesThatAre(const char* state) {
  return metrics::Gauge("posthorn_queue_sites", "Sites that get no mail now", {{"state", state}});
}

void Show(const QueueDepth& depth) {
  static auto& ready = RecipientsIn("ready");
  static auto& deferred = RecipientsIn("deferred");
  static auto& leased = RecipientsIn("leased");
  static auto& held = RecipientsIn("held");
  static auto& suspended = SitesThatAre("suspended");
  static auto& resting = SitesThatAre("resting");
  static auto& oldest = metrics::Gauge("posthorn_queue_oldest_message_seconds",
                                       "Age of the oldest message in the outbound queue");
  ready.Set(static_cast<double>(depth.ready));
  deferred.Set(static_cast<double>(depth.deferred));
  leased.Set(static_cast<double>(depth.leased));
  held.Set(static_cast<double>(depth.held));
  suspended.Set(static_cast<double>(depth.suspended_sites));
  resting.Set(static_cast<double>(depth.resting_sites));
  oldest.Set(static_cast<double>(depth.oldest_age_seconds));
}

}  // namespace

QueueDepth MeasureQueue(Connection& connection) {
  const pqxx::result states = connection.Exec(kStates);
  const pqxx::result sites = connection.Exec(kSites);
  const pqxx::result oldest = connection.Exec(kOldest);
  return {.ready = states[0][2].as<int64_t>(),
          .deferred = states[0][3].as<int64_t>(),
          .leased = states[0][0].as<int64_t>(),
          .held = states[0][1].as<int64_t>(),
          .suspended_sites = sites[0][0].as<int64_t>(),
          .resting_sites = sites[0][1].as<int64_t>(),
          .oldest_age_seconds = oldest[0][0].as<int64_t>()};
}

void QueueGauges::Start() {
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "queue gauges",
                           Work(shared_from_this()));
}

asio::awaitable<void> QueueGauges::Work(std::shared_ptr<QueueGauges> self) {
  for (;;) {
    const Clock::time_point begin = Clock::now();
    auto measure = [](Connection& connection) -> absl::StatusOr<QueueDepth> {
      return MeasureQueue(connection);
    };
    const absl::StatusOr<QueueDepth> depth = co_await self->store_.bodies().Run(std::move(measure));
    if (depth.ok()) {
      Show(*depth);
    } else {
      log::Info("the queue is not measured", {{"reason", std::string(depth.status().message())}});
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    const std::chrono::milliseconds pause =
        std::max<std::chrono::milliseconds>(kEvery, took * kShare);
    co_await runtime::Sleep(pause);
  }
}

}  // namespace posthorn::store
