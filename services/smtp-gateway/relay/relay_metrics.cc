#include "smtp-gateway/relay/relay_metrics.h"

#include <array>

#include "common/metrics/metrics.h"

namespace posthorn::relay::metrics {
namespace {

namespace common = posthorn::metrics;

const char* NameOf(v1::AttemptResult::Outcome outcome) {
  switch (outcome) {
    case v1::AttemptResult::OUTCOME_DELIVERED:
      return "delivered";
    case v1::AttemptResult::OUTCOME_FAILED:
      return "failed";
    case v1::AttemptResult::OUTCOME_UNTRIED:
      return "untried";
    default:
      return "deferred";
  }
}

prometheus::Counter& Attempts(v1::AttemptResult::Outcome outcome) {
  return common::Counter("posthorn_relay_attempts_total", "Attempts to deliver to a recipient",
                         {{"outcome", NameOf(outcome)}});
}

}  // namespace

void CountAttempt(v1::AttemptResult::Outcome outcome) {
  // The registry's lock is not for every recipient.
  static const std::array<prometheus::Counter*, 5> kCounters = [] {
    std::array<prometheus::Counter*, 5> counters{};
    for (size_t i = 0; i < counters.size(); ++i) {
      counters[i] = &Attempts(static_cast<v1::AttemptResult::Outcome>(i));
    }
    return counters;
  }();
  const auto index = static_cast<size_t>(outcome);
  if (index < kCounters.size()) {
    kCounters[index]->Increment();
  }
}

void CountConnection(const std::string& result) {
  common::Counter("posthorn_relay_connections_total", "Connections to next hops by result",
                  {{"result", result}})
      .Increment();
}

void CountTls(const std::string& kind) {
  common::Counter("posthorn_relay_tls_total", "Connections to next hops by kind of TLS",
                  {{"kind", kind}})
      .Increment();
}

void CountLostLease() {
  static auto& counter = common::Counter("posthorn_relay_leases_lost_total",
                                         "Messages not ended: their lease was lost");
  counter.Increment();
}

void CountMessages(double messages) {
  static auto& counter =
      common::Counter("posthorn_relay_messages_total", "Transactions with next hops");
  counter.Increment(messages);
}

void AddOpenConnections(int change) {
  static auto& gauge =
      common::Gauge("posthorn_relay_open_connections", "Connections to next hops that are open");
  gauge.Increment(change);
}

}  // namespace posthorn::relay::metrics
