#include "mailstore/auth/message_grant.h"

#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const MessageGrant kGrant{{AccountId(7), MailboxId(3)}, Uid(4'000'000'000)};

TEST(MessageGrant, RoundTrips) {
  const std::string octets = SignGrant("secret", kGrant, kNow + kGrantLifetime);
  const auto grant = CheckGrant("secret", octets, kNow);
  ASSERT_TRUE(grant.ok());
  EXPECT_EQ(grant->mailbox, kGrant.mailbox);
  EXPECT_EQ(grant->uid, kGrant.uid);
}

TEST(MessageGrant, RefusesWhatIsForgedOldOrCut) {
  std::string octets = SignGrant("secret", kGrant, kNow + kGrantLifetime);
  EXPECT_FALSE(CheckGrant("other secret", octets, kNow).ok());
  EXPECT_FALSE(CheckGrant("secret", octets, kNow + kGrantLifetime).ok());
  EXPECT_FALSE(CheckGrant("secret", "", kNow).ok());
  EXPECT_FALSE(CheckGrant("secret", octets + "x", kNow).ok());
  for (size_t i = 0; i < octets.size(); ++i) {
    octets[i] ^= 1;
    EXPECT_FALSE(CheckGrant("secret", octets, kNow).ok()) << i;
    octets[i] ^= 1;
  }
}

}  // namespace
}  // namespace posthorn::store
