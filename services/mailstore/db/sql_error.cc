#include "mailstore/db/sql_error.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <pqxx/except.hxx>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/rpc/status.h"

namespace posthorn::store {
namespace {

using v1::ErrorDetail;

SqlError Lost(absl::string_view what) {
  return {SqlFailure::kConnectionLost,
          rpc::MakeError(absl::StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE,
                         absl::StrCat("database: ", what))};
}

SqlError InDoubt(absl::string_view what) {
  return {SqlFailure::kInDoubt,
          rpc::MakeError(absl::StatusCode::kUnavailable, ErrorDetail::REASON_OUTCOME_UNKNOWN,
                         absl::StrCat("database lost during commit: ", what))};
}

// PostgreSQL manual, appendix A.
SqlError FromSqlState(absl::string_view state, absl::string_view what) {
  const std::string text = absl::StrCat("SQLSTATE ", state, ": ", what);
  // 57P01 admin_shutdown to 57P05 idle_session_timeout, 25P03 idle in transaction: the session
  // ends. 25006 read-only transaction: a standby, or a primary that was demoted; a new session
  // finds the one that took its place.
  if (absl::StartsWith(state, "08") || absl::StartsWith(state, "57P") || state == "25P03" ||
      state == "25006") {
    return Lost(text);
  }
  if (state == "40001" || state == "40P01") {
    return {SqlFailure::kRolledBack, rpc::MakeError(absl::StatusCode::kUnavailable,
                                                    ErrorDetail::REASON_STORE_UNAVAILABLE, text)};
  }
  if (state == "53100") {
    return {SqlFailure::kStoreFull, rpc::MakeError(absl::StatusCode::kResourceExhausted,
                                                   ErrorDetail::REASON_STORE_FULL, text)};
  }
  // 57014 query_canceled by statement_timeout, 55P03 lock_timeout; 53xxx out of memory and the
  // like.
  if (state == "57014" || state == "55P03" || absl::StartsWith(state, "53")) {
    return {SqlFailure::kTimeout, rpc::MakeError(absl::StatusCode::kUnavailable,
                                                 ErrorDetail::REASON_STORE_UNAVAILABLE, text)};
  }
  if (state == "23505") {
    return {SqlFailure::kDuplicate, absl::AlreadyExistsError(text)};
  }
  return {SqlFailure::kOther, absl::InternalError(text)};
}

}  // namespace

SqlError DescribeCurrentException() {
  try {
    throw;
  } catch (const pqxx::in_doubt_error& e) {
    return InDoubt(e.what());
  } catch (const pqxx::statement_completion_unknown& e) {
    return InDoubt(e.what());
  } catch (const pqxx::serialization_failure& e) {
    return FromSqlState("40001", e.what());
  } catch (const pqxx::deadlock_detected& e) {
    return FromSqlState("40P01", e.what());
  } catch (const pqxx::broken_connection& e) {
    return Lost(e.what());
  } catch (const pqxx::sql_error& e) {
    return FromSqlState(e.sqlstate(), e.what());
  } catch (const std::exception& e) {
    return {SqlFailure::kOther, absl::InternalError(absl::StrCat("database: ", e.what()))};
  }
}

bool RetryPolicy::Retry(const SqlError& error) {
  const auto now = std::chrono::steady_clock::now();
  if (++attempts_ == 1) {
    first_failure_ = now;
  }
  if (error.failure == SqlFailure::kRolledBack && attempts_ < 6) {
    std::this_thread::sleep_for(std::chrono::milliseconds(attempts_));
    return true;
  }
  // About 3 s in all: PostgreSQL restarts within that, and callers' deadlines are longer. An
  // attempt may take longer than that itself, when nothing answers: then there is no other.
  constexpr std::chrono::seconds kPatience{3};
  if (error.failure == SqlFailure::kConnectionLost && attempts_ < 12 &&
      now - first_failure_ < kPatience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(400, 5 << attempts_)));
    return true;
  }
  return false;
}

}  // namespace posthorn::store
