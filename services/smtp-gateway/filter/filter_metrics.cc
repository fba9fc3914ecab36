#include "smtp-gateway/filter/filter_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include "common/metrics/metrics.h"

namespace posthorn::filter {
namespace {

void Count(const std::string& filter, const std::string& verdict) {
  metrics::Counter("posthorn_smtp_filtered_total", "Messages and commands by filter and verdict",
                   {{"filter", filter}, {"verdict", verdict}})
      .Increment();
}

}  // namespace

void FilterMetrics::CountVerdict(const std::string& filter, const std::string& verdict,
                                 std::chrono::steady_clock::duration took) const {
  Count(filter, verdict);
  metrics::Duration("posthorn_smtp_filter_duration_seconds", "Time to filter a message",
                    {{"filter", filter}})
      .Observe(std::chrono::duration<double>(took).count());
}

void FilterMetrics::CountRefusal(const std::string& filter, const std::string& verdict) const {
  Count(filter, verdict);
}

void FilterMetrics::CountFailure(const std::string& filter) const { Count(filter, "failed"); }

void FilterMetrics::CountTooLarge(const std::string& filter) const { Count(filter, "too_large"); }

}  // namespace posthorn::filter
