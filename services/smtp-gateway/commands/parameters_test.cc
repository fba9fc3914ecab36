// The parameters of MAIL and RCPT, from the command to what mailstore is told.
#include <gmock/gmock.h>

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ParametersTest : public SessionFixture {
 protected:
  ParametersTest() { server_.limits.errors = 1000; }

  std::string Mail(const std::string& parameters) {
    Ask("RSET");
    return Ask("MAIL FROM:<alice@example.org> " + parameters);
  }
  std::string Rcpt(const std::string& parameters) {
    return Ask("RCPT TO:<bob@example.net> " + parameters);
  }
  const v1::DeliverStart& Start() {
    EXPECT_THAT(SendData("Subject: x\r\n\r\n.\r\n"), StartsWith("250 2.0.0"));
    End();
    return store_.delivered.back().start;
  }
};

TEST_F(ParametersTest, DsnReachesTheQueue) {
  Login();
  EXPECT_THAT(Ask("EHLO client.example"), HasSubstr("250-DSN\r\n"));
  EXPECT_THAT(Mail("RET=full ENVID=QQ+2B1"), StartsWith("250 "));
  EXPECT_THAT(Rcpt("NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob+3D@example.com"), StartsWith("250 "));
  EXPECT_THAT(Ask("RCPT TO:<bob@example.org> NOTIFY=SUCCESS ORCPT=rfc822;list@example.com"),
              StartsWith("250 "));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org> NOTIFY=NEVER"), StartsWith("250 "));
  const v1::DeliverStart& start = Start();
  EXPECT_TRUE(start.envelope().return_full());
  EXPECT_EQ(start.envelope().envelope_id(), "QQ+1");
  ASSERT_EQ(start.recipients_size(), 1);
  EXPECT_EQ(start.recipients(0).original_recipient(), "rfc822;Bob=@example.com");
  EXPECT_EQ(start.recipients(0).notify(), uint32_t{v1::NOTIFY_SUCCESS | v1::NOTIFY_DELAY});
  EXPECT_THAT(start.account_ids(), ElementsAre(1, 2));
  ASSERT_EQ(start.success_recipients_size(), 1);
  EXPECT_EQ(start.success_recipients(0).forward_path(), "bob@example.org");
  EXPECT_EQ(start.success_recipients(0).original_recipient(), "rfc822;list@example.com");
}

TEST_F(ParametersTest, SuccessOfLocalMailNeedsTheEnvelope) {
  Hello();
  Ask("MAIL FROM:<bob@example.net> ENVID=1");
  Ask("RCPT TO:<alice@example.org> NOTIFY=SUCCESS");
  const v1::DeliverStart& start = Start();
  EXPECT_EQ(start.envelope().envelope_id(), "1");
  EXPECT_EQ(start.envelope().reverse_path(), "bob@example.net");
  EXPECT_EQ(start.success_recipients_size(), 1);
}

TEST_F(ParametersTest, DsnIsStrict) {
  Login();
  for (const char* bad : {"RET=ALL", "RET", "ENVID", "ENVID=x+00", "ENVID=+0A", "ENVID=+zz"}) {
    EXPECT_THAT(Mail(bad), StartsWith("501 5.5.4")) << bad;
  }
  EXPECT_THAT(Mail("RET=FULL RET=HDRS"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Mail("NOTIFY=NEVER"), StartsWith("555 5.5.4"));
  Mail("");
  for (const char* bad : {"NOTIFY", "NOTIFY=NEVER,SUCCESS", "ORCPT=bob@example.com",
                          "ORCPT=rfc822;x+00@example.com", "ORCPT=utf-8;иван@example.com"}) {
    EXPECT_THAT(Rcpt(bad), StartsWith("501 5.5.4")) << bad;
  }
  EXPECT_THAT(Rcpt("NOTIFY=NEVER NOTIFY=NEVER"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Rcpt("RET=FULL"), StartsWith("555 5.5.4"));
  EXPECT_THAT(Ask("DATA"), StartsWith("554 5.5.1"));
}

TEST_F(ParametersTest, PlainUtf8OriginalRecipientsNeedSmtpUtf8) {
  Login();
  Mail("SMTPUTF8");
  EXPECT_THAT(Rcpt("ORCPT=utf-8;иван@example.com"), StartsWith("250 "));
  EXPECT_EQ(Start().recipients(0).original_recipient(), "utf-8;иван@example.com");
}

TEST_F(ParametersTest, DeliverByReachesTheQueue) {
  Login();
  EXPECT_THAT(Mail("BY=0;R"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Mail("BY=3600;RT"), StartsWith("250 "));
  Rcpt("");
  const v1::OutboundEnvelope& envelope = Start().envelope();
  EXPECT_EQ(envelope.deliver_by(), v1::DELIVER_BY_RETURN);
  EXPECT_EQ(envelope.deliver_by_seconds(), 3600);
  EXPECT_TRUE(envelope.deliver_by_trace());
}

TEST_F(ParametersTest, AHoldKeepsLocalRecipientsInTheQueue) {
  Login();
  EXPECT_THAT(Ask("EHLO client.example"), HasSubstr("250-FUTURERELEASE 2592000 2"));
  EXPECT_THAT(Mail("HOLDFOR=2592001"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Mail("HOLDFOR=60 HOLDUNTIL=2100-01-01T00:00:00Z"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Mail("HOLDFOR=3600"), StartsWith("250 "));
  Rcpt("");
  Ask("RCPT TO:<bob@example.org> NOTIFY=SUCCESS");
  const v1::DeliverStart& start = Start();
  EXPECT_EQ(start.envelope().hold_seconds(), 3600u);
  EXPECT_THAT(start.account_ids(), IsEmpty());
  EXPECT_EQ(start.success_recipients_size(), 0);
  ASSERT_EQ(start.recipients_size(), 2);
  EXPECT_EQ(start.recipients(1).forward_path(), "bob@example.org");
  EXPECT_EQ(start.recipients(1).notify(), uint32_t{v1::NOTIFY_SUCCESS});
}

TEST_F(ParametersTest, AHoldMayEndAtATime) {
  Login();
  EXPECT_THAT(Mail("HOLDUNTIL=1997-11-21T15:55:06Z"), StartsWith("250 "));
  const std::string tomorrow =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now() + absl::Hours(24), absl::UTCTimeZone());
  EXPECT_THAT(Mail("HOLDUNTIL=" + tomorrow), StartsWith("250 "));
  Rcpt("");
  const uint32_t seconds = Start().envelope().hold_seconds();
  EXPECT_LE(seconds, 24u * 3600);
  EXPECT_GT(seconds, 23u * 3600);
}

TEST_F(ParametersTest, PriorityIsCapped) {
  Login();
  EXPECT_THAT(Ask("EHLO client.example"), HasSubstr("250-MT-PRIORITY MIXER\r\n"));
  EXPECT_THAT(Mail("MT-PRIORITY=10"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Mail("MT-PRIORITY=-9"), StartsWith("250 2.1.0"));
  EXPECT_THAT(Mail("MT-PRIORITY=9"), StartsWith("250 2.3.6 4 "));
  Rcpt("");
  EXPECT_EQ(Start().envelope().priority(), 4);
}

TEST_F(ParametersTest, OtherServersHaveNoHoldAndNoPriority) {
  Hello();
  EXPECT_THAT(Ask("EHLO client.example"),
              Not(testing::AnyOf(HasSubstr("FUTURERELEASE"), HasSubstr("MT-PRIORITY"),
                                 HasSubstr("REQUIRETLS"))));
  for (const char* parameter : {"HOLDFOR=60", "MT-PRIORITY=1", "REQUIRETLS"}) {
    EXPECT_THAT(Mail(parameter), StartsWith("555 5.5.4")) << parameter;
  }
  EXPECT_THAT(Mail("SOLICIT=org.example:ADV BY=-1;N"), StartsWith("250 "));
  EXPECT_THAT(Mail("SOLICIT=,"), StartsWith("501 5.5.4"));
}

TEST_F(ParametersTest, BinaryMessagesComeByBdat) {
  Login();
  EXPECT_THAT(Mail("BODY=BINARYMIME"), StartsWith("250 "));
  Rcpt("");
  EXPECT_THAT(Ask("DATA"), StartsWith("503 5.5.1"));
  const std::string body("a\rb\nc\0\n.\n\r", 10);
  const std::string message = "Subject: x\r\n\r\n" + body;
  Send("BDAT " + std::to_string(message.size()) + " LAST\r\n" + message);
  EXPECT_THAT(Reply(), StartsWith("250 2.0.0"));
  Mail("BODY=BINARYMIME");
  Rcpt("");
  Send("BDAT 6 LAST\r\nA: b\n\n");
  EXPECT_THAT(Reply(), StartsWith("550 5.6.11"));
  End();
  ASSERT_EQ(store_.delivered.size(), 1u);
  EXPECT_THAT(store_.delivered[0].message, testing::EndsWith("\r\n\r\n" + body));
  EXPECT_EQ(store_.delivered[0].start.envelope().body(), v1::BODY_KIND_BINARYMIME);
}

TEST_F(ParametersTest, LimitsMessagesOfASession) {
  server_.limits.messages = 2;
  Hello();
  EXPECT_THAT(Ask("EHLO client.example"), HasSubstr("250-LIMITS RCPTMAX=1000 MAILMAX=2\r\n"));
  EXPECT_THAT(Mail(""), StartsWith("250 "));
  EXPECT_THAT(Mail(""), StartsWith("250 "));
  EXPECT_THAT(Mail(""), StartsWith("421 4.5.3"));
  EXPECT_EQ(Reply(), "");
}

}  // namespace
}  // namespace posthorn::smtp
