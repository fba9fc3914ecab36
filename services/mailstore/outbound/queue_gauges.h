// What operators watch of the queue, as metrics.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "common/runtime/runtime.h"
#include "mailstore/db/connection.h"
#include "mailstore/store.h"

namespace posthorn::store {

// Recipients, each in one state.
struct QueueDepth {
  int64_t ready = 0;     // due
  int64_t deferred = 0;  // due later
  int64_t leased = 0;    // a worker has them
  int64_t held = 0;      // by an administrator
  int64_t suspended_sites = 0;
  int64_t resting_sites = 0;       // left alone after failures
  int64_t oldest_age_seconds = 0;  // of the oldest message; 0: there is none
};
// Blocks; throws what libpqxx throws.
QueueDepth MeasureQueue(Connection& connection);

// Measures in the background and sets the gauges: every 15 seconds, but no more often than makes a
// hundredth of the time. Lives as long as it works; runtime and store must outlive that.
class QueueGauges : public std::enable_shared_from_this<QueueGauges> {
 public:
  QueueGauges(runtime::Runtime& runtime, Store& store) : runtime_(runtime), store_(store) {}

  void Start();

 private:
  static boost::asio::awaitable<void> Work(std::shared_ptr<QueueGauges> self);

  runtime::Runtime& runtime_;
  Store& store_;
};

}  // namespace posthorn::store
