#include "mailstore/query_metrics.h"

namespace posthorn::store {

void QueryMetrics::OnQuery(const char* statement, std::chrono::steady_clock::duration took,
                           bool ok) {
  Series series{};
  {
    std::lock_guard lock(mutex_);
    Series& known = series_[statement];
    if (known.duration == nullptr) {
      const metrics::Labels labels{{"statement", statement}};
      known.duration = &metrics::Duration("posthorn_store_query_duration_seconds",
                                          "Time of SQL statements, network included", labels);
      known.failures = &metrics::Counter("posthorn_store_query_failures_total",
                                         "SQL statements that failed", labels);
    }
    series = known;
  }
  series.duration->Observe(std::chrono::duration<double>(took).count());
  if (!ok) {
    series.failures->Increment();
  }
}

}  // namespace posthorn::store
