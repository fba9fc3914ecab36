// What is deleted of the outbound queue in the background, and what operators see of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "mailstore/outbound/queue_gauges.h"
#include "mailstore/upkeep/upkeep_rows.h"
#include "outbound_fixture.h"

namespace posthorn::component {
namespace {

using testing::ElementsAre;

constexpr int64_t kNow = 1'790'000'000;
constexpr int64_t kDay = 86'400;

class StoreUpkeepTest : public OutboundTest {
 protected:
  void SetUp() override { Prepare(); }
  // To the end.
  void Trim(int64_t now = kNow, int64_t log_before = kNow - 30 * kDay) {
    absl::StatusOr<bool> more = true;
    while (more.ok() && *more) {
      more = store::TrimQueue(*connection_, now, log_before);
    }
    EXPECT_TRUE(more.ok()) << more.status();
  }
  std::vector<std::string> Values(const std::string& select) {
    std::vector<std::string> values;
    for (const auto& row : Sql(select)) {
      values.emplace_back(row[0].c_str());
    }
    return values;
  }
};

TEST_F(StoreUpkeepTest, SitesAreForgottenADayAfterTheirLastMail) {
  const auto add = [this](const std::string& site, const std::string& due, bool suspended,
                          int64_t used_at, int64_t dead_until) {
    Sql(
        absl::StrCat("INSERT INTO queue_site (site, next_due, suspended, used_at, dead_until) "
                     "VALUES ('",
                     site, "', ", due, ", ", suspended ? "true" : "false", ", ", used_at * 1'000,
                     ", ", dead_until * 1'000, ")"));
  };
  const std::string never = "9223372036854775807";
  add("idle.example", never, false, kNow - kDay - 1, 0);
  add("lately.example", never, false, kNow - kDay + 60, 0);
  add("suspended.example", never, true, 0, 0);
  add("dead.example", never, false, 0, kNow + 60);
  add("due.example", "5", false, 0, 0);
  add("used.example", never, false, 0, 0);
  add("locked.example", never, false, 0, 0);
  ASSERT_TRUE(Send({.recipients = {"bob@used.example"}}).ok());
  Sql("UPDATE queue_site SET next_due = " + never + " WHERE site = 'used.example'");
  {
    // Somebody enqueues for it.
    store::Connection other({.url = url_});
    store::Transaction transaction(other);
    transaction.ExecText("test.hold",
                         "SELECT FROM queue_site WHERE site = 'locked.example' FOR KEY SHARE");
    Trim();
    EXPECT_THAT(Values("SELECT site FROM queue_site ORDER BY site"),
                ElementsAre("dead.example", "due.example", "lately.example", "locked.example",
                            "suspended.example", "used.example"));
  }
  Trim();
  EXPECT_EQ(Number("SELECT count(*) FROM queue_site WHERE site = 'locked.example'"), 0);
}

TEST_F(StoreUpkeepTest, WhatIsOverIsDeletedAndTheRestStays) {
  const auto sql = [this](const char* text, auto... values) {
    Sql(absl::Substitute(text, values...));
  };
  sql("INSERT INTO delivery_log SELECT t * 1000, t, 1, 1, 'queued', '', '', '', '', '', '', '', '' "
      "FROM unnest(ARRAY[$0, $1]::bigint[]) t",
      kNow - 30 * kDay - 1, kNow - 30 * kDay);
  sql("INSERT INTO queue_slot SELECT 'x', row_number() OVER (), 1, t * 1000, '' "
      "FROM unnest(ARRAY[$0, $1]::bigint[]) t",
      kNow - kDay - 1, kNow - kDay + 1);
  sql("INSERT INTO sending_count SELECT 1, t, 1 FROM unnest(ARRAY[$0, $1]::int[]) t",
      kNow / kDay - 2, kNow / kDay - 1);
  sql("INSERT INTO greylist (key, first_seen, last_seen, passes) VALUES ('a', 1, $0, 0), "
      "('b', 1, $1, 0), ('c', 1, $0, 1), ('d', 1, $2, 1)",
      kNow - kDay - 1, kNow - kDay + 1, kNow - 37 * kDay);
  sql("INSERT INTO event_count VALUES ('old', 3600, $0, 1), ('new', 3600, $1, 1)", kNow - 7'201,
      kNow - 7'199);
  sql("INSERT INTO sts_policy VALUES ('old', '1', '', 100, $0), ('new', '1', '', 100, $1)",
      kNow - 101, kNow - 99);
  sql("INSERT INTO tls_session_count SELECT t, 'x', '', '', '', '', '', '', '', 1, 0 "
      "FROM unnest(ARRAY[$0, $1]::int[]) t",
      kNow / kDay - 4, kNow / kDay - 3);
  sql("INSERT INTO tls_report_receiver VALUES ('old', '{}', $0), ('new', '{}', $1)",
      kNow - 30 * kDay - 1, kNow - 30 * kDay);
  Trim();
  EXPECT_EQ(Number("SELECT min(message_id) FROM delivery_log"), kNow - 30 * kDay);
  EXPECT_THAT(Values("SELECT number FROM queue_slot"), ElementsAre("2"));
  EXPECT_EQ(Number("SELECT min(day) FROM sending_count"), kNow / kDay - 1);
  EXPECT_THAT(Values("SELECT convert_from(key, 'UTF8') FROM greylist ORDER BY key"),
              ElementsAre("b", "c"));
  for (const char* column :
       {"key FROM event_count", "domain FROM sts_policy", "domain FROM tls_report_receiver"}) {
    EXPECT_THAT(Values(absl::StrCat("SELECT ", column)), ElementsAre("new")) << column;
  }
  EXPECT_EQ(Number("SELECT min(day) FROM tls_session_count"), kNow / kDay - 3);
}

TEST_F(StoreUpkeepTest, AStepIsShortAndOneReplicas) {
  Sql(absl::StrCat("INSERT INTO event_count SELECT n::text, 60, 0, 1 FROM generate_series(1, ",
                   store::kUpkeepRows + 1, ") n"));
  {
    // Another replica is at it: the lock is the one that TrimQueue takes.
    store::Connection other({.url = url_});
    store::Transaction transaction(other);
    transaction.ExecText("test.lock", "SELECT pg_advisory_xact_lock(5068372711250641105)");
    EXPECT_FALSE(*store::TrimQueue(*connection_, kNow, 0));
    EXPECT_EQ(Number("SELECT count(*) FROM event_count"), store::kUpkeepRows + 1);
  }
  EXPECT_TRUE(*store::TrimQueue(*connection_, kNow, 0));
  EXPECT_EQ(Number("SELECT count(*) FROM event_count"), 1);
  EXPECT_FALSE(*store::TrimQueue(*connection_, kNow, 0));
}

TEST_F(StoreUpkeepTest, OctetsOfMailThatHasLeftAreDeletedAfterAWhile) {
  ASSERT_TRUE(Send({.message = MakeNoise("large", 300'000)}).ok());
  Worker worker(*replica_);
  worker.Finish(worker.Claim(), v1::AttemptResult::OUTCOME_DELIVERED);
  const auto octets = [this] {
    return Number("SELECT count(*) FROM blob") + Number("SELECT count(*) FROM blob_chunk");
  };
  const int64_t due = Number("SELECT max(due_at) FROM blob_gc");
  EXPECT_GT(octets(), 1);
  ASSERT_TRUE(store::DeleteDueBodies(*connection_, due - 1).ok());
  EXPECT_GT(octets(), 1);
  ASSERT_TRUE(store::DeleteDueBodies(*connection_, due).ok());
  EXPECT_EQ(octets(), 0);
}

TEST_F(StoreUpkeepTest, GaugesCountEachRecipientOnce) {
  const store::QueueDepth none = store::MeasureQueue(*connection_);
  EXPECT_EQ(none.ready + none.deferred + none.leased + none.held, 0);
  EXPECT_EQ(none.oldest_age_seconds, 0);
  // One is sent, one waits for its next attempt, two are due, three are held.
  ASSERT_TRUE(Send({.recipients = {"a@one.example"}}).ok());
  Worker worker(*replica_);
  ASSERT_EQ(worker.Claim().recipients_size(), 1);
  ASSERT_TRUE(Send({.recipients = {"b@two.example"}}).ok());
  worker.Finish(worker.Claim(), v1::AttemptResult::OUTCOME_DEFERRED,
                v1::FinishWorkRequest::SITE_DEAD);
  ASSERT_TRUE(Send({.recipients = {"c@three.example", "d@three.example"}}).ok());
  ASSERT_TRUE(Send({.recipients = {"e@four.example", "f@four.example", "g@four.example"}}).ok());
  Sql("UPDATE queue_recipient SET held = true, next_attempt_at = 9223372036854775807 "
      "WHERE site = 'four.example'");
  Sql("UPDATE queue_site SET suspended = true WHERE site = 'four.example'");
  Sql("UPDATE queue_message SET created_at = created_at - 5000 "
      "WHERE (account_id, blob_id) IN (SELECT account_id, blob_id FROM queue_recipient "
      "WHERE site = 'three.example')");
  store::QueueDepth depth = store::MeasureQueue(*connection_);
  EXPECT_EQ(depth.leased, 1);
  EXPECT_EQ(depth.deferred, 1);
  EXPECT_EQ(depth.ready, 2);
  EXPECT_EQ(depth.held, 3);
  EXPECT_EQ(depth.suspended_sites, 1);
  EXPECT_EQ(depth.resting_sites, 1);
  EXPECT_GE(depth.oldest_age_seconds, 5'000);
  EXPECT_LT(depth.oldest_age_seconds, 6'000);
  // A lease that ran out is none.
  Sql("UPDATE queue_recipient SET next_attempt_at = 5 WHERE site = 'one.example'");
  depth = store::MeasureQueue(*connection_);
  EXPECT_EQ(depth.leased, 0);
  EXPECT_EQ(depth.ready, 3);
}

}  // namespace
}  // namespace posthorn::component
