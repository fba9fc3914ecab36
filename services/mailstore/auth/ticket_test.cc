#include "mailstore/auth/ticket.h"

#include <gtest/gtest.h>

#include "common/rpc/status.h"

namespace posthorn::store {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

TicketClaims Claims() { return {AccountId(42), kNow, kNow + kTicketLifetime, 7}; }

TEST(Ticket, SaysWhatWasSigned) {
  const TicketSigner signer("secret");
  const auto claims = signer.Check(signer.Sign(Claims()), kNow);
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(claims->account_id, AccountId(42));
  EXPECT_EQ(claims->issued_at, kNow);
  EXPECT_EQ(claims->expires_at, kNow + kTicketLifetime);
  EXPECT_EQ(claims->generation, 7u);
  EXPECT_EQ(signer.CheckTicket(signer.Sign(Claims()), kNow).value(), AccountId(42));
}

void ExpectInvalid(const TicketSigner& signer, absl::string_view ticket, absl::Time now) {
  const absl::Status status = signer.CheckTicket(ticket, now).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(rpc::ReasonOf(status), v1::ErrorDetail::REASON_TICKET_INVALID);
}

TEST(Ticket, Expires) {
  const TicketSigner signer("secret");
  const std::string ticket = signer.Sign(Claims());
  EXPECT_TRUE(signer.Check(ticket, kNow + kTicketLifetime - absl::Seconds(1)).ok());
  // Though it is known by now.
  ExpectInvalid(signer, ticket, kNow + kTicketLifetime);
  ExpectInvalid(signer, ticket, kNow - absl::Minutes(2));
}

TEST(Ticket, AnotherReplicaWithTheSecretTakesItOthersDoNot) {
  const std::string ticket = TicketSigner("secret").Sign(Claims());
  EXPECT_TRUE(TicketSigner("secret").Check(ticket, kNow).ok());
  ExpectInvalid(TicketSigner("Secret"), ticket, kNow);
}

TEST(Ticket, EveryBitCounts) {
  const TicketSigner signer("secret");
  const std::string ticket = signer.Sign(Claims());
  EXPECT_TRUE(signer.Check(ticket, kNow).ok());  // known from now on
  EXPECT_TRUE(signer.Check(ticket, kNow).ok());
  for (size_t bit = 0; bit < ticket.size() * 8; ++bit) {
    std::string forged = ticket;
    forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ (1 << bit % 8));
    ExpectInvalid(signer, forged, kNow);
  }
}

TEST(Ticket, WrongLengths) {
  const TicketSigner signer("secret");
  const std::string ticket = signer.Sign(Claims());
  ExpectInvalid(signer, "", kNow);
  ExpectInvalid(signer, ticket + "x", kNow);
  for (size_t size = 1; size < ticket.size(); ++size) {
    ExpectInvalid(signer, absl::string_view(ticket).substr(0, size), kNow);
  }
}

}  // namespace
}  // namespace posthorn::store
