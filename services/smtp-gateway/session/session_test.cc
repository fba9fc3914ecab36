// Order, limits and abuse: what the session itself answers for.
#include "smtp-gateway/session/session.h"

#include <gmock/gmock.h>

#include <string>

#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SessionTest : public SessionFixture {};

TEST_F(SessionTest, OffersItsExtensions) {
  Connect();
  EXPECT_EQ(Reply(), "220 mx.example.org ESMTP Posthorn");
  EXPECT_EQ(Ask("EHLO client.example"),
            "250-mx.example.org greets client.example\r\n"
            "250-PIPELINING\r\n"
            "250-ENHANCEDSTATUSCODES\r\n"
            "250-BINARYMIME\r\n"
            "250-LIMITS RCPTMAX=1000\r\n"
            "250-SIZE 52428800\r\n"
            "250-8BITMIME\r\n"
            "250-SMTPUTF8\r\n"
            "250-DSN\r\n"
            "250-DELIVERBY\r\n"
            "250-NO-SOLICITING\r\n"
            "250-CHUNKING\r\n"
            "250 HELP");
  EXPECT_EQ(Ask("HELO client.example"), "250 mx.example.org");
  EXPECT_EQ(Ask("QUIT"), "221 2.0.0 Bye");
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, WantsCommandsInOrder) {
  Connect();
  Reply();
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("EHLO"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Ask("EHLO client.example"), StartsWith("250-"));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("DATA"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("250 2.1.0"));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("DATA"), StartsWith("554 5.5.1"));
  EXPECT_THAT(Ask("RSET"), StartsWith("250 2.0.0"));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("503 5.5.1"));
}

TEST_F(SessionTest, AnswersTheSmallCommands) {
  Hello();
  EXPECT_THAT(Ask("NOOP anything"), StartsWith("250 2.0.0"));
  EXPECT_THAT(Ask("VRFY alice"), StartsWith("252 "));
  EXPECT_THAT(Ask("VRFY"), StartsWith("501 "));
  EXPECT_THAT(Ask("EXPN list"), StartsWith("502 "));
  EXPECT_THAT(Ask("HELP"), AllOf(StartsWith("214 "), HasSubstr("MAIL"), HasSubstr("BDAT")));
  EXPECT_THAT(Ask("HELP mail"), HasSubstr("MAIL FROM"));
  EXPECT_THAT(Ask("HELP x"), StartsWith("504 "));
  EXPECT_THAT(Ask("WHAT"), StartsWith("500 5.5.1"));
  EXPECT_THAT(Ask(""), StartsWith("500 5.5.2"));
  EXPECT_THAT(Ask("RSET now"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Ask("STARTTLS"), StartsWith("502 5.5.1"));
  EXPECT_THAT(Ask("AUTH PLAIN"), StartsWith("502 5.5.1"));
}

TEST_F(SessionTest, RefusesBadEnvelopes) {
  Hello();
  EXPECT_THAT(Ask("MAIL bob@example.net"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Ask("MAIL FROM:<bob>"), StartsWith("501 5.1.7"));
  EXPECT_THAT(Ask("MAIL FROM:<postmaster>"), StartsWith("501 5.1.7"));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net> SIZE=52428801"), StartsWith("552 5.3.4"));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net> SIZE=x"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net> BODY=9BITMIME"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net> FOO=1"), StartsWith("555 5.5.4"));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net> ="), StartsWith("501 5.5.4"));
  EXPECT_THAT(Ask("MAIL FROM:<иван@example.net>"), StartsWith("553 5.6.7"));
  EXPECT_THAT(Ask("MAIL FROM:<иван@example.net> SMTPUTF8 AUTH=<> BODY=8BITMIME SIZE=5"),
              StartsWith("250 2.1.0"));
  EXPECT_THAT(Ask("RCPT TO:<>"), StartsWith("501 5.1.3"));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org> FOO=1"), StartsWith("555 5.5.4"));
}

TEST_F(SessionTest, TakesOnlyLocalRecipients) {
  Hello();
  EXPECT_THAT(Ask("MAIL FROM:<>"), StartsWith("250 "));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("250 2.1.5"));
  EXPECT_THAT(Ask("RCPT TO:<@relay.example:alice@example.org>"), StartsWith("250 2.1.5"));
  EXPECT_THAT(Ask("RCPT TO:<\"alice\"@example.org>"), StartsWith("250 2.1.5"));
  EXPECT_THAT(Ask("RCPT TO:<PostMaster>"), StartsWith("250 2.1.5"));
  EXPECT_THAT(Ask("RCPT TO:<nobody@example.org>"), StartsWith("550 5.1.1"));
  EXPECT_THAT(Ask("RCPT TO:<x@elsewhere.example>"), StartsWith("550 5.7.1"));
  EXPECT_THAT(Ask("RCPT TO:<\"x@elsewhere.example\"@example.org>"), StartsWith("550 5.1.1"));
  EXPECT_THAT(Ask("RCPT TO:<x%elsewhere.example@example.org>"), StartsWith("550 5.1.1"));
  EXPECT_THAT(Ask("RCPT TO:<иван@example.org>"), StartsWith("553 5.6.7"));
}

TEST_F(SessionTest, LimitsRecipients) {
  server_.limits.recipients = 2;
  Hello();
  Ask("MAIL FROM:<>");
  Ask("RCPT TO:<alice@example.org>");
  Ask("RCPT TO:<alice@example.org>");
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("452 4.5.3"));
}

TEST_F(SessionTest, LimitsAccountsBehindRecipients) {
  store_.recipients["all@example.org"] = std::vector<uint64_t>(999, 7);
  store_.recipients["pair@example.org"] = {8, 9};
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  EXPECT_THAT(Ask("RCPT TO:<all@example.org>"), StartsWith("250 "));
  EXPECT_THAT(Ask("RCPT TO:<pair@example.org>"), StartsWith("452 4.5.3"));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("250 "));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("452 4.5.3"));
}

// After a message was refused at its end there is no transaction to go on with.
TEST_F(SessionTest, ARefusedMessageEndsItsTransaction) {
  store_.outcomes = {rpc::MakeError(absl::StatusCode::kInvalidArgument,
                                    v1::ErrorDetail::REASON_TOO_LARGE, "too large")};
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  Ask("RCPT TO:<alice@example.org>");
  EXPECT_THAT(SendData("Subject: x\r\n\r\n.\r\n"), StartsWith("552 5.3.4"));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("DATA"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("BDAT 0 LAST"), StartsWith("503 5.5.1"));
}

TEST_F(SessionTest, AChunkThatCannotBeCountedEndsTheSession) {
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  Ask("RCPT TO:<alice@example.org>");
  Send("BDAT x LAST\r\nMAIL FROM:<evil@example.net>\r\n");
  EXPECT_THAT(Reply(), StartsWith("501 5.5.4"));
  EXPECT_EQ(Reply(), "");
  End();
  EXPECT_TRUE(store_.delivered.empty());
}

TEST_F(SessionTest, UnexpectedUtf8LeavesTheSessionInStep) {
  Hello();
  EXPECT_THAT(Ask("MAIL FROM:<иван@example.net>"), StartsWith("553 5.6.7"));
  EXPECT_THAT(Ask("RCPT TO:<иван@example.org>"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("VRFY иван"), StartsWith("252 "));
  EXPECT_THAT(Ask("DATA"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("250 "));
}

TEST_F(SessionTest, LhloIsForLmtp) {
  Connect();
  Reply();
  EXPECT_THAT(Ask("LHLO client.example"), StartsWith("500 5.5.1"));
}

TEST_F(SessionTest, AnswersAPipelineInOrder) {
  Hello();
  Send(
      "MAIL FROM:<bob@example.net>\r\nRCPT TO:<alice@example.org>\r\n"
      "RCPT TO:<nobody@example.org>\r\nRSET\r\nNOOP\r\nQUIT\r\n");
  EXPECT_THAT(Reply(), StartsWith("250 2.1.0"));
  EXPECT_THAT(Reply(), StartsWith("250 2.1.5"));
  EXPECT_THAT(Reply(), StartsWith("550 5.1.1"));
  EXPECT_THAT(Reply(), StartsWith("250 2.0.0"));
  EXPECT_THAT(Reply(), StartsWith("250 2.0.0"));
  EXPECT_THAT(Reply(), StartsWith("221 2.0.0"));
}

TEST_F(SessionTest, EndsSessionsThatBreakThePipeline) {
  Hello();
  Send("MAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n");
  Reply();
  Reply();
  EXPECT_THAT(Reply(), StartsWith("554 5.5.0"));
  EXPECT_EQ(Reply(), "");
  End();
  EXPECT_TRUE(store_.delivered.empty());
}

TEST_F(SessionTest, EndsEarlyTalkers) {
  Connect(Role::kMx, "EHLO client.example\r\n");
  EXPECT_THAT(Reply(), StartsWith("554 5.5.1"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, EndsThoseThatTalkDuringTheDelay) {
  server_.limits.greeting_delay = std::chrono::minutes(1);
  Connect();
  Send("EHLO client.example\r\n");
  EXPECT_THAT(Reply(), StartsWith("554 5.5.1"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, GreetsThoseThatWait) {
  server_.limits.greeting_delay = std::chrono::milliseconds(20);
  Connect();
  EXPECT_THAT(Reply(), StartsWith("220 "));
}

TEST_F(SessionTest, EndsOnBareLineEnds) {
  Hello();
  Send("NOOP\nMAIL FROM:<>\r\n");
  EXPECT_THAT(Reply(), StartsWith("500 5.5.2"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, EndsOnEndlessLines) {
  Hello();
  EXPECT_THAT(Ask("NOOP " + std::string(8000, 'x')), StartsWith("250 "));
  Send("NOOP " + std::string(9000, 'x'));
  EXPECT_THAT(Reply(), StartsWith("500 5.5.6"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, EndsOtherProtocols) {
  Connect();
  Reply();
  EXPECT_THAT(Ask("GET / HTTP/1.1"), StartsWith("554 5.5.1"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, LimitsErrors) {
  Hello();
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Ask("WHAT"), StartsWith("500 "));
  }
  EXPECT_THAT(Ask("WHAT"), StartsWith("500 "));
  EXPECT_THAT(Reply(), StartsWith("421 4.7.0"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, LimitsUnknownRecipients) {
  Hello();
  Ask("MAIL FROM:<>");
  for (int i = 0; i < 21; ++i) {
    EXPECT_THAT(Ask("RCPT TO:<guess" + std::to_string(i) + "@example.org>"), StartsWith("550 "));
  }
  EXPECT_THAT(Reply(), StartsWith("421 4.7.0"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, LimitsCommandsWithoutMail) {
  server_.limits.commands_without_mail = 5;
  Hello();
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(Ask("NOOP"), StartsWith("250 "));
  }
  EXPECT_THAT(Ask("NOOP"), StartsWith("250 "));
  EXPECT_THAT(Reply(), StartsWith("421 4.7.0"));
}

TEST_F(SessionTest, EndsIdleSessions) {
  server_.limits.command = std::chrono::seconds(0);
  Connect();
  EXPECT_THAT(Reply(), StartsWith("220 "));
  EXPECT_THAT(Reply(), StartsWith("421 4.4.2"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, ADrainEndsIdleSessionsAtOnce) {
  Hello();
  Drain();
  EXPECT_THAT(Reply(), StartsWith("421 4.3.2"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, ADrainEndsATransactionThatDoesNotGoOn) {
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  Drain(std::chrono::milliseconds(50));
  EXPECT_THAT(Reply(), StartsWith("421 4.3.2"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, ADrainEndsDataThatDoNotGoOn) {
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  Ask("RCPT TO:<alice@example.org>");
  EXPECT_THAT(Ask("DATA"), StartsWith("354 "));
  Send("Subject: x\r\n");
  Drain(std::chrono::milliseconds(50));
  EXPECT_THAT(Reply(), StartsWith("421 4.3.2"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(SessionTest, ADrainLetsATransactionFinish) {
  Hello();
  Ask("MAIL FROM:<>");
  Drain();
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("250 "));
  EXPECT_THAT(Ask("DATA"), StartsWith("354 "));
  Send("Subject: x\r\n\r\n.\r\n");
  EXPECT_THAT(Reply(), StartsWith("250 2.0.0"));
  EXPECT_THAT(Reply(), StartsWith("421 4.3.2"));
  EXPECT_EQ(Reply(), "");
  End();
  EXPECT_EQ(store_.delivered.size(), 1u);
}

}  // namespace
}  // namespace posthorn::smtp
