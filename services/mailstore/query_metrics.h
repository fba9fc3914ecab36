// Durations and failures of SQL statements, by statement.
#pragma once

#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "common/metrics/metrics.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

class QueryMetrics final : public QueryObserver {
 public:
  void OnQuery(const char* statement, std::chrono::steady_clock::duration took, bool ok) override;

 private:
  struct Series {
    prometheus::Histogram* duration;
    prometheus::Counter* failures;
  };
  std::mutex mutex_;
  absl::flat_hash_map<const char*, Series> series_;  // by address: names are constants
};

}  // namespace posthorn::store
