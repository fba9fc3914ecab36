// Returns mail that nobody tries: what an administrator returned at suspended sites, and what had
// no attempt until its time was over, there, at sites that have no connection to spare, or when no
// relay runs.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/runtime/runtime.h"
#include "mailstore/outbound/finish.h"
#include "mailstore/store.h"

namespace posthorn::store {

// Every replica has one; they share the work by leases. Lives as long as it works; runtime and
// store must outlive that.
class ReturnSweep : public std::enable_shared_from_this<ReturnSweep> {
 public:
  ReturnSweep(runtime::Runtime& runtime, Store& store);

  // Looks every half a minute, in the background.
  void Start();
  // Returns some to their senders. Whether there may be more. Blocks; throws what libpqxx throws.
  absl::StatusOr<bool> ReturnSome(Connection& connection);

 private:
  static boost::asio::awaitable<void> Work(std::shared_ptr<ReturnSweep> self);

  runtime::Runtime& runtime_;
  Store& store_;
  const std::string worker_;  // our id as the holder of leases
  Finisher finisher_;
};

}  // namespace posthorn::store
