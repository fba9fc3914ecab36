#include "mailstore/outbound/verdict.h"

#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

using mail::ReportAction;
using v1::AttemptResult;

Attempted Recipient() {
  Attempted attempted;
  attempted.attempts = 1;
  attempted.site = "far.example";
  attempted.created_at = 1'000'000;
  attempted.now = attempted.created_at + 10;
  attempted.expires_at = attempted.created_at + 5 * 86'400;
  attempted.envelope.set_reverse_path("alice@example.org");
  return attempted;
}

Verdict After(AttemptResult::Outcome outcome, const Attempted& attempted, double chance = 0) {
  AttemptResult result;
  result.set_outcome(outcome);
  result.set_status_code("4.2.1");
  return Judge(attempted, result, {}, chance);
}

TEST(Verdict, AttemptsBecomeSeldomer) {
  Attempted attempted = Recipient();
  int64_t before = 0;
  for (attempted.attempts = 1; attempted.attempts <= 7; ++attempted.attempts) {
    const Verdict verdict = After(AttemptResult::OUTCOME_DEFERRED, attempted);
    EXPECT_FALSE(verdict.gone);
    EXPECT_EQ(verdict.event, "deferred");
    EXPECT_EQ(verdict.status_code, "4.2.1");
    EXPECT_GT(verdict.next_in_milliseconds, before);
    before = verdict.next_in_milliseconds;
  }
  EXPECT_EQ(before, 4 * 3'600 * 1'000);
  attempted.attempts = 1'000;
  EXPECT_EQ(After(AttemptResult::OUTCOME_DEFERRED, attempted).next_in_milliseconds, before);
  EXPECT_EQ(After(AttemptResult::OUTCOME_DEFERRED, attempted, 1).next_in_milliseconds,
            before + before / 5);
  // The last attempt is when the time is over, and then it is returned.
  attempted.now = attempted.expires_at - 60;
  EXPECT_EQ(After(AttemptResult::OUTCOME_DEFERRED, attempted).next_in_milliseconds, 60'000);
  attempted.now = attempted.expires_at;
  const Verdict last = After(AttemptResult::OUTCOME_DEFERRED, attempted);
  EXPECT_TRUE(last.gone);
  EXPECT_EQ(last.event, "expired");
  EXPECT_EQ(last.report, ReportAction::kFailed);
}

TEST(Verdict, ADelayIsToldOnce) {
  Attempted attempted = Recipient();
  EXPECT_FALSE(After(AttemptResult::OUTCOME_DEFERRED, attempted).report.has_value());
  attempted.now += 4 * 3'600;
  const Verdict late = After(AttemptResult::OUTCOME_DEFERRED, attempted);
  EXPECT_EQ(late.report, ReportAction::kDelayed);
  EXPECT_TRUE(late.delay_told);
  attempted.delay_told = true;
  const Verdict later = After(AttemptResult::OUTCOME_DEFERRED, attempted);
  EXPECT_FALSE(later.report.has_value());
  EXPECT_TRUE(later.delay_told);
  // RFC 2852: in mode N it is told when the sender's time is over.
  attempted = Recipient();
  attempted.envelope.set_deliver_by(v1::DELIVER_BY_NOTIFY);
  attempted.envelope.set_deliver_by_seconds(11);
  EXPECT_FALSE(After(AttemptResult::OUTCOME_DEFERRED, attempted).report.has_value());
  attempted.now += 1;
  EXPECT_EQ(After(AttemptResult::OUTCOME_DEFERRED, attempted).report, ReportAction::kDelayed);
}

TEST(Verdict, NobodyIsToldOfNotificationsAndOfWhatIsSuspicious) {
  for (const auto outcome : {AttemptResult::OUTCOME_FAILED, AttemptResult::OUTCOME_DEFERRED}) {
    Attempted attempted = Recipient();
    attempted.now += 86'400;
    EXPECT_TRUE(After(outcome, attempted).report.has_value());
    attempted.notify = v1::NOTIFY_NEVER;
    EXPECT_FALSE(After(outcome, attempted).report.has_value());
    attempted.notify = v1::NOTIFY_SUCCESS;
    EXPECT_FALSE(After(outcome, attempted).report.has_value());
    attempted.notify = v1::NOTIFY_FAILURE | v1::NOTIFY_DELAY;
    EXPECT_TRUE(After(outcome, attempted).report.has_value());
    attempted.envelope.set_suspicious(true);
    EXPECT_FALSE(After(outcome, attempted).report.has_value());
    attempted.envelope.set_suspicious(false);
    attempted.envelope.clear_reverse_path();
    EXPECT_FALSE(After(outcome, attempted).report.has_value());
  }
}

TEST(Verdict, SuccessIsToldWhereItIsWanted) {
  Attempted attempted = Recipient();
  EXPECT_FALSE(After(AttemptResult::OUTCOME_DELIVERED, attempted).report.has_value());
  attempted.notify = v1::NOTIFY_SUCCESS;
  EXPECT_EQ(After(AttemptResult::OUTCOME_DELIVERED, attempted).report, ReportAction::kRelayed);
  AttemptResult passed_on;
  passed_on.set_outcome(AttemptResult::OUTCOME_DELIVERED);
  passed_on.set_dsn_passed_on(true);
  EXPECT_FALSE(Judge(attempted, passed_on, {}, 0).report.has_value());
  attempted.site = "local";
  EXPECT_EQ(After(AttemptResult::OUTCOME_DELIVERED, attempted).report, ReportAction::kDelivered);
}

TEST(Verdict, WhatWasNotTriedIsAsItWas) {
  Attempted attempted = Recipient();
  attempted.delay_told = true;
  const Verdict verdict = After(AttemptResult::OUTCOME_UNTRIED, attempted);
  EXPECT_FALSE(verdict.gone);
  EXPECT_FALSE(verdict.attempt_counts);
  EXPECT_TRUE(verdict.delay_told);
  EXPECT_EQ(verdict.next_in_milliseconds, 0);
  EXPECT_EQ(verdict.event, "");
}

}  // namespace
}  // namespace posthorn::store
