// Mail that is returned while nobody tries it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/runtime/runtime.h"
#include "mailstore/outbound/return_sweep.h"
#include "outbound_fixture.h"

namespace posthorn::component {
namespace {

class StoreReturnTest : public OutboundTest {
 protected:
  void SetUp() override { Prepare(); }
  // All messages end so many seconds ago.
  void Expire(int64_t ago) {
    Sql(absl::StrCat("UPDATE queue_message SET expires_at = extract(epoch FROM now())::bigint - ",
                     ago));
  }
  void Suspend(const std::string& site) {
    Sql("UPDATE queue_site SET suspended = true WHERE site = '" + site + "'");
  }
  void Sweep(Replica& replica) {
    runtime::Runtime runtime(1);
    const auto sweep = std::make_shared<store::ReturnSweep>(runtime, replica.store());
    store::Connection connection({.url = url_});
    absl::StatusOr<bool> more = true;
    while (more.ok() && *more) {
      more = sweep->ReturnSome(connection);
    }
    EXPECT_TRUE(more.ok()) << more.status();
  }
  uint32_t Told() { return replica_->Open(1, "INBOX")->counters().messages(); }
};

TEST_F(StoreReturnTest, ASuspendedSiteKeepsNothingBeyondItsTime) {
  ASSERT_TRUE(Send({.recipients = {"bob@far.example", "eve@near.example"}}).ok());
  Suspend("far.example");
  Sweep(*replica_);
  EXPECT_EQ(InQueue(), 2);
  Expire(1);
  Sweep(*replica_);
  // The other one has its last attempt before it.
  EXPECT_EQ(Sql("SELECT forward_path FROM queue_recipient")[0][0].as<std::string>(),
            "eve@near.example");
  ASSERT_EQ(Told(), 1u);
  const std::string told = *replica_->Body(1, 1, 1);
  EXPECT_TRUE(absl::StrContains(told, "Final-Recipient: rfc822; bob@far.example\r\n")) << told;
  EXPECT_TRUE(absl::StrContains(told, "Action: failed\r\nStatus: 5.4.7\r\n")) << told;
  EXPECT_TRUE(absl::StrContains(told, "it could not be tried in time"));
  EXPECT_EQ(Number("SELECT count(*) FROM delivery_log WHERE event = 'expired' AND attempts = 0"),
            1);
}

TEST_F(StoreReturnTest, WhereNobodyTriesItEndsAnHourLater) {
  ASSERT_TRUE(Send({}).ok());
  Expire(3'500);
  Sweep(*replica_);
  EXPECT_EQ(InQueue(), 1);
  Expire(3'700);
  Sweep(*replica_);
  EXPECT_EQ(InQueue(), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM queue_message"), 0);
  EXPECT_EQ(Told(), 1u);
}

TEST_F(StoreReturnTest, WhatIsHeldOrOnItsWayStays) {
  ASSERT_TRUE(Send({.recipients = {"bob@far.example"}}).ok());
  Worker worker(*replica_);
  const v1::Work work = worker.Claim();
  ASSERT_TRUE(Send({.recipients = {"eve@near.example"}}).ok());
  Sql("UPDATE queue_recipient SET held = true, next_attempt_at = 9223372036854775807 "
      "WHERE site = 'near.example'");
  Expire(9'000);
  Suspend("near.example");
  Suspend("far.example");
  Sweep(*replica_);
  EXPECT_EQ(InQueue(), 2);
  // The attempt under way counts.
  worker.Finish(work, v1::AttemptResult::OUTCOME_DELIVERED);
  EXPECT_EQ(InQueue(), 1);
  EXPECT_EQ(Told(), 0u);
  // A worker that died has nothing on its way.
  Sql("UPDATE queue_recipient SET held = false, leased = true, worker = 'x', next_attempt_at = 5");
  Sweep(*replica_);
  EXPECT_EQ(InQueue(), 0);
  EXPECT_EQ(Told(), 1u);
}

TEST_F(StoreReturnTest, ASuspendedSiteKeepsNothingThatAnAdministratorReturns) {
  ASSERT_TRUE(
      Send({.recipients = {"bob@far.example", "eve@far.example", "tom@near.example"}}).ok());
  Suspend("far.example");
  Sql("UPDATE queue_recipient SET bounce = true, held = (forward_path = 'eve@far.example')");
  Sweep(*replica_);
  // What is held stays; at other sites a claim comes by.
  EXPECT_EQ(Number("SELECT count(*) FROM queue_recipient WHERE forward_path = 'bob@far.example'"),
            0);
  EXPECT_EQ(InQueue(), 2);
  ASSERT_EQ(Told(), 1u);
  const std::string told = *replica_->Body(1, 1, 1);
  EXPECT_TRUE(absl::StrContains(told, "Final-Recipient: rfc822; bob@far.example\r\n")) << told;
  EXPECT_TRUE(absl::StrContains(told, "Action: failed\r\nStatus: 5.7.1\r\n")) << told;
  EXPECT_TRUE(absl::StrContains(told, "returned by the administrator"));
  Sql("UPDATE queue_recipient SET held = false");
  Sweep(*replica_);
  EXPECT_EQ(InQueue(), 1);
  EXPECT_EQ(Told(), 2u);
  EXPECT_EQ(Number("SELECT count(*) FROM delivery_log WHERE event = 'failed' AND attempts = 0"), 2);
}

TEST_F(StoreReturnTest, NobodyIsToldTwiceByTwoReplicas) {
  constexpr int kMessages = 250;
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(Send({.recipients = {absl::StrCat("r", i, "@far.example")}}).ok());
  }
  Suspend("far.example");
  Expire(1);
  Replica other(url_, {.queue = {.hostname = "mx.example.org"}});
  std::vector<std::thread> threads;
  for (Replica* const replica : {replica_.get(), &other, replica_.get(), &other}) {
    threads.emplace_back([this, replica] { Sweep(*replica); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(InQueue(), 0);
  EXPECT_EQ(Told(), uint32_t{kMessages});
  EXPECT_EQ(Number("SELECT count(*) FROM delivery_log WHERE event = 'expired'"), kMessages);
}

}  // namespace
}  // namespace posthorn::component
