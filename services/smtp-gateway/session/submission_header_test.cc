// The header of a submitted message on its way to the store.
#include <gmock/gmock.h>

#include <string>

#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SubmissionHeaderTest : public SessionFixture {
 protected:
  void Envelope() {
    ASSERT_THAT(Ask("MAIL FROM:<alice@example.org>"), StartsWith("250 "));
    ASSERT_THAT(Ask("RCPT TO:<bob@example.net>"), StartsWith("250 "));
  }
  std::string Delivered() {
    End();
    return store_.delivered.back().message;
  }
};

TEST_F(SubmissionHeaderTest, IsCompleted) {
  Login();
  Envelope();
  EXPECT_THAT(SendData("Subject: x\r\nBcc: secret@example.net,\r\n more@example.net\r\n\r\n"
                       "Bcc: body\r\n.\r\n"),
              StartsWith("250 2.0.0"));
  const std::string message = Delivered();
  EXPECT_THAT(message, HasSubstr("\r\nSubject: x\r\n"));
  EXPECT_THAT(message, HasSubstr("\r\nDate: "));
  EXPECT_THAT(message, HasSubstr("\r\nMessage-ID: <"));
  EXPECT_THAT(message, HasSubstr("\r\nFrom: <alice@example.org>\r\n"));
  EXPECT_THAT(message, Not(HasSubstr("secret")));
  EXPECT_THAT(message, Not(HasSubstr("more@")));
  EXPECT_THAT(message, EndsWith("\r\n\r\nBcc: body\r\n"));
}

TEST_F(SubmissionHeaderTest, IsFoundHoweverItComes) {
  Login();
  Envelope();
  const std::string message = "Subject: x\r\nBcc: secret\r\n\r\n\r\n\r\nbody\r\n";
  for (const char octet : message) {
    Send(std::string("BDAT 1\r\n") + octet);
    ASSERT_THAT(Reply(), StartsWith("250 "));
  }
  EXPECT_THAT(Ask("BDAT 0 LAST"), StartsWith("250 "));
  const std::string delivered = Delivered();
  EXPECT_THAT(delivered, Not(HasSubstr("secret")));
  EXPECT_THAT(delivered, EndsWith("\r\n\r\n\r\n\r\nbody\r\n"));
}

TEST_F(SubmissionHeaderTest, MayBeMissingOrAllThereIs) {
  Login();
  Envelope();
  EXPECT_THAT(SendData("\r\nbody\r\n.\r\n"), StartsWith("250 "));
  Envelope();
  EXPECT_THAT(SendData("Subject: x\r\n.\r\n"), StartsWith("250 "));
  Envelope();
  EXPECT_THAT(SendData(".\r\n"), StartsWith("250 "));
  End();
  ASSERT_EQ(store_.delivered.size(), 3u);
  EXPECT_THAT(store_.delivered[0].message, EndsWith("\r\n\r\nbody\r\n"));
  for (const FakeDelivery& delivery : store_.delivered) {
    EXPECT_THAT(delivery.message, HasSubstr("\r\nFrom: <alice@example.org>\r\n"));
  }
  EXPECT_THAT(store_.delivered[1].message, EndsWith("\r\n\r\n"));
}

TEST_F(SubmissionHeaderTest, MayTakeSeveralFrames) {
  Login();
  Envelope();
  std::string header;
  while (header.size() < 700'000) {
    header += "X-" + std::to_string(header.size()) + ": " + std::string(900, 'x') + "\r\n";
  }
  std::string body;
  while (body.size() < 700'000) {
    body += std::to_string(body.size()) + "\r\n";
  }
  EXPECT_THAT(SendData(header + "\r\n" + body + ".\r\n"), StartsWith("250 "));
  End();
  const FakeDelivery& delivery = store_.delivered.back();
  EXPECT_THAT(delivery.message, HasSubstr("\r\n" + header));
  EXPECT_THAT(delivery.message, EndsWith("\r\n\r\n" + body));
  EXPECT_LE(delivery.largest_frame, 256u * 1024);
}

TEST_F(SubmissionHeaderTest, HasALimit) {
  Login();
  Envelope();
  std::string header;
  while (header.size() < 1'100'000) {
    header += "X: " + std::string(900, 'x') + "\r\n";
  }
  EXPECT_THAT(SendData(header + "\r\nbody\r\n.\r\n"), StartsWith("552 5.3.4"));
  Envelope();
  EXPECT_THAT(SendData("\r\nbody\r\n.\r\n"), StartsWith("250 "));
}

TEST_F(SubmissionHeaderTest, LoopsEnd) {
  Login();
  Envelope();
  std::string received;
  for (int i = 0; i < 51; ++i) {
    received += "Received: from a by b; date\r\n";
  }
  EXPECT_THAT(SendData(received + "\r\nbody\r\n.\r\n"), StartsWith("554 5.4.6"));
}

// What other servers send is not touched.
TEST_F(SubmissionHeaderTest, IsOnlyForUsers) {
  Hello();
  Ask("MAIL FROM:<>");
  Ask("RCPT TO:<alice@example.org>");
  EXPECT_THAT(SendData("Bcc: x\r\n\r\nbody\r\n.\r\n"), StartsWith("250 "));
  EXPECT_THAT(Delivered(), EndsWith("+0000\r\nBcc: x\r\n\r\nbody\r\n"));
}

}  // namespace
}  // namespace posthorn::smtp
