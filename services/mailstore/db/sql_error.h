// From libpqxx's exceptions to absl::Status: the only place where they are caught.
#pragma once

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

enum class SqlFailure {
  kConnectionLost,  // nothing was committed
  kInDoubt,         // lost during COMMIT: it may have happened
  kRolledBack,      // deadlock or serialization: running it again may succeed
  kDuplicate,       // a key exists already
  kStoreFull,       // no disk space
  kTimeout,         // cancelled by a timeout
  kOther,
};

struct SqlError {
  SqlFailure failure = SqlFailure::kOther;
  // With a reason for the caller (posthorn.v1.ErrorDetail); the server's words only for logs.
  absl::Status status;
};

// To be called in a catch (...) block.
SqlError DescribeCurrentException();

// How often and how long a piece of work is tried again. Sleeps between attempts.
class RetryPolicy {
 public:
  // Whether to try again, after having slept.
  bool Retry(const SqlError& error);

 private:
  int attempts_ = 0;
  std::chrono::steady_clock::time_point first_failure_;
};

// Runs fn(connection), which returns R: an absl::Status or StatusOr. Runs it again when the session
// was lost before a COMMIT (for a few seconds, which a restart of PostgreSQL takes) or the
// transaction was rolled back by a deadlock. Afterwards the connection is usable. `reachable`, if
// given, tells whether the database was still there in the end.
template <typename R, typename Fn>
R RunGuarded(Connection& connection, Fn&& fn, bool* reachable = nullptr) {
  RetryPolicy policy;
  for (;;) {
    SqlError error;
    try {
      return fn(connection);
    } catch (...) {
      error = DescribeCurrentException();
    }
    if (error.failure == SqlFailure::kConnectionLost || error.failure == SqlFailure::kInDoubt) {
      connection.Disconnect();
    }
    if (!policy.Retry(error)) {
      if (reachable != nullptr) {
        *reachable = error.failure != SqlFailure::kConnectionLost;
      }
      return std::move(error.status);
    }
  }
}

}  // namespace posthorn::store
