#include "mailstore/outbound/verdict.h"

#include <algorithm>
#include <iterator>

#include "mailstore/outbound/clean_text.h"

namespace posthorn::store {
namespace {

using mail::ReportAction;

// RFC 5321 4.5.4.1: two attempts in the first hour, then every two or three hours at the latest.
constexpr int64_t kRetrySeconds[] = {90, 300, 900, 1'800, 3'600, 7'200, 14'400};
constexpr double kMostJitter = 0.2;
constexpr size_t kMostDiagnostic = 1'000;

// RFC 5321 4.5.5 and 6.1: nothing is ever sent in answer to a notification.
bool MayBeTold(const Attempted& attempted) {
  return !attempted.envelope.reverse_path().empty() && !attempted.envelope.suspicious() &&
         (attempted.notify & v1::NOTIFY_NEVER) == 0;
}

// RFC 3461 4.1: without NOTIFY a sender is told of failure and delay.
bool Wants(const Attempted& attempted, v1::Notify kind) {
  const bool by_default = attempted.notify == 0 && kind != v1::NOTIFY_SUCCESS;
  return MayBeTold(attempted) && (by_default || (attempted.notify & kind) != 0);
}

void Fail(const Attempted& attempted, Verdict& verdict) {
  verdict.gone = true;
  if (Wants(attempted, v1::NOTIFY_FAILURE)) {
    verdict.report = ReportAction::kFailed;
  }
}

int64_t NextAttempt(const Attempted& attempted, const QueueOptions& options, double chance) {
  const auto index = std::clamp<size_t>(static_cast<size_t>(std::max(attempted.attempts, 1)) - 1, 0,
                                        std::size(kRetrySeconds) - 1);
  const double wait = static_cast<double>(kRetrySeconds[index]) * options.retry_scale;
  const auto milliseconds = static_cast<int64_t>(wait * (1 + chance * kMostJitter) * 1'000);
  // The last attempt is made when the time is over.
  return std::min(milliseconds, (attempted.expires_at - attempted.now) * 1'000);
}

// RFC 2852 4.1.4.2: in mode N the sender is told when the time is over, in place of our own notice.
bool IsLate(const Attempted& attempted, const QueueOptions& options) {
  const int64_t age = attempted.now - attempted.created_at;
  if (attempted.envelope.deliver_by() == v1::DELIVER_BY_NOTIFY) {
    return age >= attempted.envelope.deliver_by_seconds();
  }
  return options.delay_notice_seconds > 0 && age >= options.delay_notice_seconds;
}

void Defer(const Attempted& attempted, const QueueOptions& options, double chance,
           Verdict& verdict) {
  if (attempted.now >= attempted.expires_at) {
    verdict.event = "expired";
    // RFC 3463 3.5: delivery time expired. What the last attempt said stays as the diagnostic.
    verdict.status_code = "4.4.7";
    Fail(attempted, verdict);
    return;
  }
  verdict.event = "deferred";
  verdict.next_in_milliseconds = NextAttempt(attempted, options, chance);
  verdict.delay_told = attempted.delay_told;
  if (!attempted.delay_told && IsLate(attempted, options)) {
    verdict.delay_told = true;
    if (Wants(attempted, v1::NOTIFY_DELAY)) {
      verdict.report = ReportAction::kDelayed;
    }
  }
}

}  // namespace

Verdict Judge(const Attempted& attempted, const v1::AttemptResult& result,
              const QueueOptions& options, double chance) {
  Verdict verdict{.diagnostic = CleanText(result.diagnostic(), kMostDiagnostic)};
  switch (result.outcome()) {
    case v1::AttemptResult::OUTCOME_DELIVERED:
      verdict.gone = true;
      verdict.event = "delivered";
      verdict.status_code = CleanStatusCode(result.status_code(), '2');
      if (Wants(attempted, v1::NOTIFY_SUCCESS) && !result.dsn_passed_on()) {
        verdict.report =
            attempted.site == "local" ? ReportAction::kDelivered : ReportAction::kRelayed;
      }
      return verdict;
    case v1::AttemptResult::OUTCOME_FAILED:
      verdict.event = "failed";
      verdict.status_code = CleanStatusCode(result.status_code(), '5');
      Fail(attempted, verdict);
      return verdict;
    case v1::AttemptResult::OUTCOME_DEFERRED:
      verdict.status_code = CleanStatusCode(result.status_code(), '4');
      Defer(attempted, options, chance, verdict);
      return verdict;
    default:
      verdict.attempt_counts = false;
      verdict.delay_told = attempted.delay_told;
      return verdict;
  }
}

v1::AttemptResult ReturnedByAdministrator(uint64_t recipient_id, uint64_t lease_epoch) {
  v1::AttemptResult result;
  result.mutable_lease()->set_recipient_id(recipient_id);
  result.mutable_lease()->set_lease_epoch(lease_epoch);
  result.set_outcome(v1::AttemptResult::OUTCOME_FAILED);
  result.set_status_code("5.7.1");
  result.set_diagnostic("returned by the administrator");
  return result;
}

}  // namespace posthorn::store
