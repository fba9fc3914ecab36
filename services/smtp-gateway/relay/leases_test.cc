// Leases that are prolonged, lost and over, alone and in a run.
#include "smtp-gateway/relay/leases.h"

#include <gmock/gmock.h>

#include "smtp-gateway/testing/relay_fixture.h"

namespace posthorn::relay {
namespace {

using testing::Contains;
using testing_support::ServerScript;
using Attempt = v1::AttemptResult;
using Clock = Leases::Clock;

v1::LeasedRecipient Recipient(uint64_t id) {
  v1::LeasedRecipient recipient;
  recipient.set_recipient_id(id);
  recipient.set_message_id(100 + id);
  recipient.set_lease_epoch(200 + id);
  return recipient;
}

TEST(Leases, AreHeldUntilTheirTimeIsOver) {
  const Clock::time_point now = Clock::now();
  Leases leases;
  leases.Add(Recipient(1));
  EXPECT_TRUE(leases.IsLost(1, now));  // nobody said for how long
  leases.HoldUntil(now + std::chrono::seconds(10));
  EXPECT_FALSE(leases.IsLost(1, now));
  EXPECT_TRUE(leases.IsLost(2, now));
  EXPECT_TRUE(leases.IsLost(1, now + std::chrono::seconds(10)));
  leases.Remove(1);
  EXPECT_TRUE(leases.IsLost(1, now));
}

TEST(Leases, NameWhatTheyAreOf) {
  Leases leases;
  leases.Add(Recipient(1));
  ASSERT_EQ(leases.All().size(), 1u);
  EXPECT_EQ(leases.All()[0].message_id(), 101u);
  EXPECT_EQ(leases.All()[0].lease_epoch(), 201u);
}

// What came while the question was under way was not asked for, and is not lost by the answer.
TEST(Leases, AreLostWhenTheyWereAskedForInVain) {
  const Clock::time_point now = Clock::now();
  Leases leases;
  leases.HoldUntil(now + std::chrono::seconds(10));
  leases.Add(Recipient(1));
  leases.Add(Recipient(2));
  v1::RenewWorkRequest asked;
  for (const v1::Lease& lease : leases.All()) {
    *asked.add_leases() = lease;
  }
  leases.Add(Recipient(3));
  v1::RenewWorkResponse held;
  held.add_recipient_ids(2);
  leases.KeepOnly(asked, held);
  EXPECT_TRUE(leases.IsLost(1, now));
  EXPECT_FALSE(leases.IsLost(2, now));
  EXPECT_FALSE(leases.IsLost(3, now));
}

TEST(Leases, AreCertainAsLongAsIsKnown) {
  const Clock::time_point now = Clock::now();
  Leases leases;
  leases.HoldUntil(now + std::chrono::seconds(10));
  leases.Add(Recipient(1), now + std::chrono::seconds(5));
  leases.Add(Recipient(2));
  EXPECT_TRUE(leases.IsCertain(1, now));
  EXPECT_FALSE(leases.IsCertain(1, now + std::chrono::seconds(5)));
  EXPECT_FALSE(leases.IsCertain(2, now));
  v1::RenewWorkRequest asked;
  *asked.add_leases() = leases.All()[1];
  v1::RenewWorkResponse held;
  held.add_recipient_ids(2);
  leases.KeepOnly(asked, held, now + std::chrono::seconds(20));
  EXPECT_TRUE(leases.IsCertain(2, now + std::chrono::seconds(9)));
  EXPECT_FALSE(leases.IsCertain(2, now + std::chrono::seconds(10)));
  EXPECT_FALSE(leases.IsCertain(1, now + std::chrono::seconds(5)));
}

class RenewalTest : public RelayFixture {
 protected:
  RenewalTest() { worker_options_.renew_every = std::chrono::milliseconds(1); }

  // At the first message's end something happens to the leases, and is learnt by a renewal before
  // the server answers.
  void AtTheFirstEnd(ServerScript& script, std::function<void()> happens) {
    script.heard = [this, happens, first = true](const std::string& line) mutable {
      if (line == "<end>" && std::exchange(first, false)) {
        AwaitRenewalAfter(happens);
      }
    };
  }
  v1::Work TwoMessages() {
    v1::Work work = OneRecipient();
    AddMessage(work, 2);
    AddRecipient(work, 2, "carol@example.net");
    return work;
  }
};

TEST_F(RenewalTest, NamesTheSlotAndWhatIsNotSettled) {
  ServerScript script;
  AtTheFirstEnd(script, [] {});
  Serve(script);
  Run(TwoMessages());
  ASSERT_FALSE(source_.renewed.empty());
  EXPECT_EQ(source_.renewed[0].slot().site(), "example.net");
  EXPECT_EQ(source_.renewed[0].leases_size(), 2);
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DELIVERED);
}

TEST_F(RenewalTest, WhatIsLostIsNotBegunAndNotSettled) {
  ServerScript script;
  AtTheFirstEnd(script, [this] { source_.lost = {20}; });
  auto& server = Serve(script);
  Run(TwoMessages());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_FALSE(source_.Results().contains(20));
  EXPECT_EQ(server.messages().size(), 1u);
}

TEST_F(RenewalTest, ALostSlotEndsTheRun) {
  ServerScript script;
  AtTheFirstEnd(script, [this] { source_.slot_held = false; });
  auto& server = Serve(script);
  Run(TwoMessages());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_UNTRIED);
  EXPECT_EQ(source_.finished.back().more_recipients(), 0u);
  EXPECT_EQ(server.messages().size(), 1u);
}

// One that fails changes nothing before the leases are over by themselves.
TEST_F(RenewalTest, ThatFailsIsTriedAgain) {
  ServerScript script;
  AtTheFirstEnd(script, [this] { source_.renew_failures = {absl::UnavailableError("away")}; });
  Serve(script);
  Run(TwoMessages());
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DELIVERED);
}

// A lease that has ended when it comes.
TEST_F(RenewalTest, WhatIsOverIsNotBegun) {
  worker_options_.renew_every = std::chrono::hours(1);
  auto& server = Serve();
  v1::Work work = OneRecipient();
  work.mutable_slot()->set_lease_milliseconds(0);
  Run(work);
  EXPECT_TRUE(source_.Results().empty());
  EXPECT_TRUE(server.commands().empty());
  EXPECT_EQ(source_.finished.size(), 1u);  // the slot goes back
}

}  // namespace
}  // namespace posthorn::relay
