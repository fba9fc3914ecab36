#include "smtp-gateway/relay/carried_message.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "smtp-gateway/relay/dot_permit.h"
#include "smtp-gateway/testing/fake_work_source.h"

namespace posthorn::relay {
namespace {

class PermitTest : public testing::Test {
 protected:
  PermitTest() {
    recipient_.set_recipient_id(10);
    const auto until = Leases::Clock::now() + std::chrono::hours(1);
    held_.Add(recipient_, until);
    held_.HoldUntil(until);
  }
  std::unique_ptr<client::EndPermit> Permit() {
    return PermitWhileHeld(held_, notes_, {Leases::Of(recipient_)});
  }
  absl::Status Wait(client::EndPermit& permit) {
    std::optional<absl::Status> result;
    const auto wait = [&]() -> asio::awaitable<void> { result = co_await permit.Wait(); };
    asio::co_spawn(context_, wait, asio::detached);
    context_.restart();
    context_.run();
    return result.value_or(absl::UnknownError("no answer"));
  }

  FakeWorkSource source_;
  asio::io_context context_{1};
  DataSentNotes notes_{source_, "worker", context_.get_executor()};
  Leases held_;
  v1::LeasedRecipient recipient_;
};

TEST_F(PermitTest, IsGivenWhileTheLeaseIsKnownToHold) {
  const auto permit = Permit();
  permit->Ask();
  EXPECT_TRUE(Wait(*permit).ok());
  EXPECT_TRUE(source_.noted.empty());
}

TEST_F(PermitTest, AsksWhenTheLeaseHasEndedWhileTheMessageWasSent) {
  const auto permit = Permit();
  permit->Ask();
  held_.HoldUntil(Leases::Clock::now());
  EXPECT_TRUE(Wait(*permit).ok());
  ASSERT_EQ(source_.noted.size(), 1u);
  EXPECT_EQ(source_.noted[0].leases(0).recipient_id(), 10u);
}

// A claim that waited, and its answer: nobody knows when between them it was made.
TEST_F(PermitTest, AsksWhereTheLeaseMayHaveEnded) {
  held_.Add(recipient_, Leases::Clock::now());
  const auto permit = Permit();
  permit->Ask();
  EXPECT_TRUE(Wait(*permit).ok());
  EXPECT_EQ(source_.noted.size(), 1u);
}

TEST_F(PermitTest, IsNotGivenForALeaseThatIsLost) {
  source_.lost = {10};
  held_.Remove(10);
  const auto permit = Permit();
  permit->Ask();
  EXPECT_TRUE(absl::IsAborted(Wait(*permit)));
}

TEST_F(PermitTest, IsNotGivenInADrain) {
  const std::function<bool()> draining = [] { return true; };
  bool given = false;
  DotPermit permit(Permit(), draining, given);
  permit.Ask();
  EXPECT_TRUE(absl::IsCancelled(Wait(permit)));
  EXPECT_FALSE(given);
}

}  // namespace
}  // namespace posthorn::relay
