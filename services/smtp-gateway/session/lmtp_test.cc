// LMTP (RFC 2033): what differs from SMTP.
#include <gmock/gmock.h>

#include <string>

#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class LmtpTest : public SessionFixture {
 protected:
  LmtpTest() { server_.lmtp_networks = *net::NetworkList::Parse("127.0.0.0/8"); }

  void Lhlo() {
    Connect(Role::kLmtp);
    EXPECT_EQ(Reply(), "220 mx.example.org LMTP Posthorn");
    EXPECT_THAT(Ask("LHLO mta.example"),
                AllOf(StartsWith("250-"), HasSubstr("PIPELINING"), HasSubstr("ENHANCEDSTATUSCODES"),
                      Not(HasSubstr("AUTH"))));
  }
};

TEST_F(LmtpTest, AnswersForEachRecipient) {
  Lhlo();
  Ask("MAIL FROM:<bob@example.net>");
  Ask("RCPT TO:<alice@example.org>");
  EXPECT_THAT(Ask("RCPT TO:<nobody@example.org>"), StartsWith("550 5.1.1"));
  Ask("RCPT TO:<bob@example.org>");
  EXPECT_EQ(SendData("Subject: x\r\n\r\n.\r\n"), "250 2.0.0 OK d1");
  EXPECT_EQ(Reply(), "250 2.0.0 OK d1");
  Ask("MAIL FROM:<bob@example.net>");
  Ask("RCPT TO:<alice@example.org>");
  Ask("RCPT TO:<bob@example.org>");
  Send("BDAT 4\r\nA: b");
  EXPECT_THAT(Reply(), StartsWith("250 2.0.0 4 octets"));
  Send("BDAT 4 LAST\r\n\r\n\r\n");
  EXPECT_EQ(Reply(), "250 2.0.0 OK d2");
  EXPECT_EQ(Reply(), "250 2.0.0 OK d2");
  EXPECT_THAT(Ask("QUIT"), StartsWith("221 "));
  End();
  EXPECT_THAT(store_.delivered[0].message, HasSubstr(" with LMTP id "));
}

TEST_F(LmtpTest, RefusesForEachRecipient) {
  store_.outcomes = {rpc::MakeError(absl::StatusCode::kResourceExhausted,
                                    v1::ErrorDetail::REASON_STORE_FULL, "full")};
  Lhlo();
  Ask("MAIL FROM:<bob@example.net>");
  Ask("RCPT TO:<alice@example.org>");
  Ask("RCPT TO:<bob@example.org>");
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("452 4.3.1"));
  EXPECT_THAT(Reply(), StartsWith("452 4.3.1"));
  EXPECT_THAT(Ask("NOOP"), StartsWith("250 "));
}

TEST_F(LmtpTest, AChunkBeforeTheLastIsRefusedOnce) {
  Lhlo();
  Ask("MAIL FROM:<bob@example.net>");
  Ask("RCPT TO:<alice@example.org>");
  Ask("RCPT TO:<bob@example.org>");
  Send("BDAT 3\r\na\nb");
  EXPECT_THAT(Reply(), StartsWith("550 5.6.11"));
  EXPECT_THAT(Ask("NOOP"), StartsWith("250 "));
}

TEST_F(LmtpTest, IsNotSmtp) {
  Lhlo();
  EXPECT_THAT(Ask("EHLO client.example"), StartsWith("500 5.5.1"));
  EXPECT_THAT(Ask("HELO client.example"), StartsWith("500 5.5.1"));
  EXPECT_THAT(Ask("AUTH PLAIN"), StartsWith("502 5.5.1"));
  Ask("MAIL FROM:<bob@example.net>");
  EXPECT_THAT(Ask("RCPT TO:<carol@example.com>"), StartsWith("550 5.7.1"));
  EXPECT_THAT(Ask("DATA"), StartsWith("503 5.5.1"));
}

TEST_F(LmtpTest, IsForTheListedOnly) {
  server_.lmtp_networks = net::NetworkList();
  Connect(Role::kLmtp);
  EXPECT_THAT(Reply(), StartsWith("554 5.7.1"));
  EXPECT_EQ(Reply(), "");
}

}  // namespace
}  // namespace posthorn::smtp
