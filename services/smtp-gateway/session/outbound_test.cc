// Mail that leaves: who may send where, and what the queue is told.
#include <gmock/gmock.h>

#include <string>

#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class OutboundTest : public SessionFixture {
 protected:
  void Mail(const std::string& parameters = "") {
    ASSERT_THAT(Ask("MAIL FROM:<alice@example.org>" + parameters), StartsWith("250 2.1.0"));
  }
  void Rcpt(const std::string& recipient, const std::string& parameters = "") {
    ASSERT_THAT(Ask("RCPT TO:<" + recipient + ">" + parameters), StartsWith("250 2.1.5"));
  }
  // Sends a message; what mailstore was told of it.
  const v1::DeliverStart& Start() {
    EXPECT_THAT(SendData("Subject: x\r\n\r\n.\r\n"), StartsWith("250 2.0.0"));
    End();
    return store_.delivered.back().start;
  }
};

TEST_F(OutboundTest, UsersSendAnywhere) {
  Login();
  Mail();
  Rcpt("Bob@EXAMPLE.net");
  Rcpt("bob@example.org");
  Rcpt("carol@[192.0.2.1]");
  const v1::DeliverStart& start = Start();
  EXPECT_THAT(start.account_ids(), ElementsAre(2));
  ASSERT_EQ(start.recipients_size(), 2);
  EXPECT_EQ(start.recipients(0).forward_path(), "Bob@example.net");
  EXPECT_FALSE(start.recipients(0).forwarded());
  EXPECT_EQ(start.recipients(0).notify(), 0u);
  EXPECT_EQ(start.recipients(1).forward_path(), "carol@[192.0.2.1]");
  EXPECT_EQ(start.envelope().reverse_path(), "alice@example.org");
  EXPECT_EQ(start.envelope().submitter_account_id(), 1u);
  EXPECT_THAT(store_.delivered[0].message, StartsWith("Return-Path: <alice@example.org>\r\n"));
}

// RFC 5321 4.4: a message that only leaves gets no Return-Path.
TEST_F(OutboundTest, AMessageMayOnlyLeave) {
  Login();
  Mail();
  Rcpt("bob@example.net");
  const v1::DeliverStart& start = Start();
  EXPECT_THAT(start.account_ids(), IsEmpty());
  EXPECT_EQ(start.recipients_size(), 1);
  EXPECT_THAT(store_.delivered[0].message, StartsWith("Received: "));
}

TEST_F(OutboundTest, LocalMailHasNoEnvelope) {
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  Rcpt("alice@example.org");
  EXPECT_FALSE(Start().has_envelope());
}

TEST_F(OutboundTest, DomainsLeaveAsALabels) {
  Login();
  Mail(" SMTPUTF8");
  Rcpt("иван@пример.example");
  Ask("RSET");
  Mail();
  EXPECT_THAT(Ask("RCPT TO:<bob@пример.example>"), StartsWith("553 5.6.7"));
  Rcpt("bob@XN--E1AFMKFD.example");
  EXPECT_EQ(Start().recipients(0).forward_path(), "bob@xn--e1afmkfd.example");
}

TEST_F(OutboundTest, InternationalMailLeavesAsItCame) {
  Login();
  Mail(" SMTPUTF8");
  Rcpt("иван@пример.example");
  const v1::DeliverStart& start = Start();
  EXPECT_EQ(start.recipients(0).forward_path(), "иван@пример.example");
  EXPECT_TRUE(start.envelope().smtputf8());
}

TEST_F(OutboundTest, OtherServersAreNotRelayedFor) {
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  EXPECT_THAT(Ask("RCPT TO:<carol@example.com>"), StartsWith("550 5.7.1"));
  EXPECT_THAT(Ask("RCPT TO:<@example.org:carol@example.com>"), StartsWith("550 5.7.1"));
  EXPECT_THAT(Ask("RCPT TO:<carol@[127.0.0.1]>"), StartsWith("550 5.7.1"));
  EXPECT_THAT(Ask("DATA"), StartsWith("554 5.5.1"));
}

TEST_F(OutboundTest, AddressesHereForward) {
  store_.forwards["alice@example.org"] = {"alice@example.net", "alice@example.com"};
  store_.forwards["gone@example.org"] = {"gone@example.net"};
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  Rcpt("alice@example.org");
  Rcpt("gone@example.org");
  const v1::DeliverStart& start = Start();
  EXPECT_THAT(start.account_ids(), ElementsAre(1));
  ASSERT_EQ(start.recipients_size(), 3);
  for (const v1::OutboundRecipient& recipient : start.recipients()) {
    EXPECT_TRUE(recipient.forwarded());
  }
  EXPECT_EQ(start.recipients(0).forwarded_by(), "alice@example.org");
  EXPECT_EQ(start.recipients(2).forwarded_by(), "gone@example.org");
  EXPECT_EQ(start.recipients(2).forward_path(), "gone@example.net");
  EXPECT_EQ(start.envelope().reverse_path(), "bob@example.net");
  EXPECT_EQ(start.envelope().submitter_account_id(), 0u);
}

// RFC 3461 5.2.7.3.
TEST_F(OutboundTest, AnAddressThatLeadsToManyIsExpanded) {
  store_.forwards["alice@example.org"] = {"alice@example.net"};
  store_.forwards["list@example.org"] = {"one@example.net", "two@example.net"};
  store_.forwards["gone@example.org"] = {"gone@example.net"};
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  Rcpt("alice@example.org", " NOTIFY=SUCCESS,FAILURE");
  Rcpt("list@example.org", " NOTIFY=SUCCESS ORCPT=rfc822;first@example.com");
  Rcpt("gone@example.org", " NOTIFY=SUCCESS");
  Rcpt("both@example.org", " NOTIFY=SUCCESS");
  const v1::DeliverStart& start = Start();
  ASSERT_EQ(start.success_recipients_size(), 3);
  EXPECT_EQ(start.success_recipients(0).forward_path(), "alice@example.org");
  EXPECT_TRUE(start.success_recipients(0).expanded());
  EXPECT_EQ(start.success_recipients(1).forward_path(), "list@example.org");
  EXPECT_EQ(start.success_recipients(1).original_recipient(), "rfc822;first@example.com");
  EXPECT_TRUE(start.success_recipients(1).expanded());
  EXPECT_EQ(start.success_recipients(2).forward_path(), "both@example.org");
  EXPECT_FALSE(start.success_recipients(2).expanded());
  ASSERT_EQ(start.recipients_size(), 4);
  EXPECT_EQ(start.recipients(0).notify(), uint32_t{v1::NOTIFY_FAILURE});
  EXPECT_EQ(start.recipients(0).original_recipient(), "rfc822;alice@example.org");
  EXPECT_EQ(start.recipients(1).notify(), uint32_t{v1::NOTIFY_NEVER});
  EXPECT_EQ(start.recipients(2).notify(), uint32_t{v1::NOTIFY_NEVER});
  EXPECT_EQ(start.recipients(2).original_recipient(), "rfc822;first@example.com");
  EXPECT_EQ(start.recipients(3).notify(), uint32_t{v1::NOTIFY_SUCCESS});
}

TEST_F(OutboundTest, RewrittenSendersTakeNotificationsOnly) {
  store_.rewritten_senders["SRS0=x@example.org"] = "carol@example.com";
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  EXPECT_THAT(Ask("RCPT TO:<SRS0=x@example.org>"), StartsWith("550 5.7.1"));
  Ask("RSET");
  Ask("MAIL FROM:<>");
  Rcpt("SRS0=x@example.org");
  const v1::DeliverStart& start = Start();
  ASSERT_EQ(start.recipients_size(), 1);
  EXPECT_EQ(start.recipients(0).forward_path(), "carol@example.com");
  EXPECT_FALSE(start.recipients(0).forwarded());
  EXPECT_EQ(start.envelope().reverse_path(), "");
}

TEST_F(OutboundTest, LimitsTargets) {
  store_.forwards["list@example.org"] = std::vector<std::string>(999, "x@example.net");
  Login();
  Mail();
  Rcpt("list@example.org");
  EXPECT_THAT(Ask("RCPT TO:<both@example.org>"), StartsWith("452 4.5.3"));
  Rcpt("bob@example.net");
  EXPECT_THAT(Ask("RCPT TO:<carol@example.net>"), StartsWith("452 4.5.3"));
}

TEST_F(OutboundTest, UsersSendAsTheirAliases) {
  Login();
  EXPECT_THAT(Ask("MAIL FROM:<sales@example.org>"), StartsWith("250 2.1.0"));
  Ask("RSET");
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.org>"), StartsWith("553 5.7.1"));
  EXPECT_THAT(Ask("MAIL FROM:<sales@example.net>"), StartsWith("553 5.7.1"));
  store_.sender_checks = {rpc::MakeError(absl::StatusCode::kUnavailable,
                                         v1::ErrorDetail::REASON_STORE_UNAVAILABLE, "away")};
  EXPECT_THAT(Ask("MAIL FROM:<sales@example.org>"), StartsWith("451 4.3.0"));
  store_.sender_checks = {absl::InternalError("its own address is not asked for")};
  EXPECT_THAT(Ask("MAIL FROM:<Alice+x@example.org>"), StartsWith("250 2.1.0"));
  Ask("RSET");
  EXPECT_THAT(Ask("MAIL FROM:<>"), StartsWith("250 2.1.0"));
}

TEST_F(OutboundTest, ALoginThatHasExpiredEndsTheSession) {
  store_.sender_checks = {rpc::MakeError(absl::StatusCode::kUnauthenticated,
                                         v1::ErrorDetail::REASON_TICKET_INVALID, "expired")};
  Login();
  EXPECT_THAT(Ask("MAIL FROM:<sales@example.org>"), StartsWith("421 4.7.0"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(OutboundTest, ASendingLimitIsTemporary) {
  store_.outcomes = {rpc::MakeError(absl::StatusCode::kResourceExhausted,
                                    v1::ErrorDetail::REASON_SENDING_LIMIT, "enough")};
  Login();
  Mail();
  Rcpt("bob@example.net");
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("450 4.7.1"));
}

}  // namespace
}  // namespace posthorn::smtp
