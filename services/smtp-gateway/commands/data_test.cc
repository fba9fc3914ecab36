// DATA and BDAT from the client to the store.
#include <gmock/gmock.h>

#include <string>

#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class DataTest : public SessionFixture {
 protected:
  // Up to the end of RCPT.
  void Envelope(const std::string& recipient = "alice@example.org") {
    ASSERT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("250 "));
    ASSERT_THAT(Ask("RCPT TO:<" + recipient + ">"), StartsWith("250 "));
  }
  // What the store got, without the trace header.
  std::string Body(size_t index = 0) {
    const std::string& message = store_.delivered.at(index).message;
    size_t end = message.find("\r\n") + 2;  // Return-Path
    do {
      end = message.find("\r\n", end) + 2;
    } while (message[end] == '\t');
    return message.substr(end);
  }
};

TEST_F(DataTest, DeliversWhatWasSent) {
  Hello();
  Envelope("both@example.org");
  Ask("RCPT TO:<alice@example.org>");
  EXPECT_EQ(SendData("Subject: x\r\n\r\n..dot\r\n\r\n.\r\n"), "250 2.0.0 OK d1");
  Envelope();
  EXPECT_EQ(SendData(".\r\n"), "250 2.0.0 OK d2");
  End();
  ASSERT_EQ(store_.delivered.size(), 2u);
  EXPECT_THAT(store_.delivered[0].account_ids, ElementsAre(1, 2));
  EXPECT_THAT(store_.delivered[0].message, StartsWith("Return-Path: <bob@example.net>\r\nReceived: "
                                                      "from client.example ([127.0.0.1])\r\n"));
  EXPECT_EQ(Body(0), "Subject: x\r\n\r\n.dot\r\n\r\n");
  EXPECT_EQ(Body(1), "");
  EXPECT_EQ(store_.delivered[0].key.size(), 16u);
  EXPECT_NE(store_.delivered[0].key, store_.delivered[1].key);
  EXPECT_THAT(store_.delivered[1].message, HasSubstr("for <alice@example.org>;"));
}

TEST_F(DataTest, StreamsLargeMessagesInFrames) {
  Hello();
  Envelope();
  std::string message = "Subject: x\r\n\r\n";
  while (message.size() < 3'000'000) {
    message += "line " + std::to_string(message.size()) + "\r\n";
  }
  EXPECT_EQ(SendData(message + ".\r\n"), "250 2.0.0 OK d1");
  End();
  EXPECT_EQ(Body(), message);
  EXPECT_GT(store_.delivered[0].frames, 10u);
  EXPECT_LE(store_.delivered[0].largest_frame, 256u * 1024);
}

TEST_F(DataTest, RefusesBareLineEndsAndCloses) {
  Hello();
  Envelope();
  EXPECT_THAT(SendData("a\r\n\n.\r\nMAIL FROM:<evil@example.net>\r\n"), StartsWith("550 5.6.11"));
  EXPECT_EQ(Reply(), "");
  End();
  EXPECT_TRUE(store_.delivered.empty());
}

TEST_F(DataTest, RefusesLoopsAndLargeMessagesAndGoesOn) {
  server_.limits.message_octets = 400'000;
  Hello();
  Envelope();
  std::string looping;
  for (int i = 0; i < 51; ++i) {
    looping += "Received: from a by b; date\r\n";
  }
  EXPECT_THAT(SendData(looping + "\r\n.\r\n"), StartsWith("554 5.4.6"));
  Envelope();
  EXPECT_THAT(
      SendData(std::string(300'000, 'x') + "\r\n" + std::string(300'000, 'x') + "\r\n.\r\n"),
      StartsWith("552 5.3.4"));
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  End();
  EXPECT_EQ(store_.delivered.size(), 1u);
}

TEST_F(DataTest, AHeaderHasALimit) {
  Hello();
  std::string header;
  while (header.size() < 1'100'000) {
    header += "X-Field: " + std::to_string(header.size()) + "\r\n";
  }
  Envelope();
  EXPECT_THAT(SendData(header + "\r\n.\r\n"), StartsWith("552 5.3.4 Header"));
  Envelope();
  EXPECT_THAT(SendData("x: y\r\n\r\n" + header + ".\r\n"), StartsWith("250 "));
}

TEST_F(DataTest, LimitsWhatItThrowsAway) {
  server_.limits.message_octets = 1000;
  server_.limits.discarded_octets = 100'000;
  server_.limits.text_line = 10'000'000;
  Hello();
  Envelope();
  EXPECT_THAT(SendData(std::string(300'000, 'x')), StartsWith("421 4.3.4"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(DataTest, RepeatsAnUnknownOutcomeWithTheSameKey) {
  store_.outcomes = {rpc::MakeError(absl::StatusCode::kUnavailable,
                                    v1::ErrorDetail::REASON_OUTCOME_UNKNOWN, "lost"),
                     absl::UnavailableError("gone")};
  Hello();
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  End();
  ASSERT_EQ(store_.attempts.size(), 3u);
  EXPECT_EQ(store_.attempts[0], store_.attempts[1]);
  EXPECT_EQ(store_.attempts[0], store_.attempts[2]);
}

// More than one frame: it cannot be repeated.
std::string LongMessage() {
  std::string message;
  while (message.size() < 400'000) {
    message += "line " + std::to_string(message.size()) + "\r\n";
  }
  return message;
}

TEST_F(DataTest, SettlesAStreamWhoseAnswerWasLost) {
  store_.outcomes = {absl::UnavailableError("gone")};
  store_.answers_are_lost = true;
  store_.settlements = {rpc::MakeError(absl::StatusCode::kUnavailable,
                                       v1::ErrorDetail::REASON_STORE_UNAVAILABLE, "away")};
  Hello();
  Envelope();
  EXPECT_EQ(SendData(LongMessage() + ".\r\n"), "250 2.0.0 OK d1");
  End();
  ASSERT_EQ(store_.delivered.size(), 1u);
  EXPECT_EQ(store_.settled, std::vector<std::string>(2, store_.delivered[0].key));
}

TEST_F(DataTest, RefusesAStreamOnlyWhenItWillNotBeDelivered) {
  store_.outcomes = {rpc::MakeError(absl::StatusCode::kUnavailable,
                                    v1::ErrorDetail::REASON_OUTCOME_UNKNOWN, "lost"),
                     rpc::MakeError(absl::StatusCode::kResourceExhausted,
                                    v1::ErrorDetail::REASON_OVER_QUOTA, "full")};
  Hello();
  Envelope();
  EXPECT_THAT(SendData(LongMessage() + ".\r\n"), StartsWith("451 4.3.0"));
  EXPECT_EQ(store_.settled.size(), 1u);
  // What is known needs no settling.
  Envelope();
  EXPECT_THAT(SendData(LongMessage() + ".\r\n"), StartsWith("452 4.2.2"));
  EXPECT_EQ(store_.settled.size(), 1u);
}

TEST_F(DataTest, SettlesWhatWasUnknownBeforeItWasRefused) {
  store_.outcomes = {absl::UnavailableError("gone"),
                     rpc::MakeError(absl::StatusCode::kResourceExhausted,
                                    v1::ErrorDetail::REASON_OVER_QUOTA, "full")};
  Hello();
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("452 4.2.2"));
  EXPECT_EQ(store_.settled.size(), 1u);
}

TEST_F(DataTest, AStreamBeginsOnAnotherReplicaWhenOneIsGone) {
  store_.unreachable_replicas = 1;
  Hello();
  Envelope();
  EXPECT_EQ(SendData(LongMessage() + ".\r\n"), "250 2.0.0 OK d1");
  End();
  EXPECT_EQ(Body(), LongMessage());
}

TEST_F(DataTest, AStoreThatIsAwayIsATemporaryError) {
  const auto away = rpc::MakeError(absl::StatusCode::kUnavailable,
                                   v1::ErrorDetail::REASON_STORE_UNAVAILABLE, "away");
  store_.outcomes = {away, away};
  Hello();
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("451 4.3.0"));
  EXPECT_EQ(store_.attempts.size(), 2u);
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
}

TEST_F(DataTest, TakesChunks) {
  Hello();
  Send(
      "MAIL FROM:<bob@example.net>\r\nRCPT TO:<alice@example.org>\r\nBDAT 5\r\nab\r\n.BDAT 0\r\n"
      "BDAT 4 LAST\r\n\r\nx\nNOOP\r\n");
  Reply();
  Reply();
  EXPECT_EQ(Reply(), "250 2.0.0 5 octets received");
  EXPECT_EQ(Reply(), "250 2.0.0 0 octets received");
  EXPECT_THAT(Reply(), StartsWith("550 5.6.11"));
  EXPECT_THAT(Reply(), StartsWith("250 "));
  Send(
      "MAIL FROM:<bob@example.net>\r\nRCPT TO:<alice@example.org>\r\nBDAT 5\r\nab\r\n.BDAT 0\r\n"
      "BDAT 4 LAST\r\n\r\nx\r");
  Reply();
  Reply();
  Reply();
  Reply();
  EXPECT_THAT(Reply(), StartsWith("550 5.6.11"));
  Send(
      "MAIL FROM:<bob@example.net>\r\nRCPT TO:<alice@example.org>\r\nBDAT 5\r\nab\r\n.BDAT 3\r\n"
      "x\r\nBDAT 0 LAST\r\n");
  Reply();
  Reply();
  Reply();
  Reply();
  EXPECT_EQ(Reply(), "250 2.0.0 OK d1");
  End();
  EXPECT_EQ(Body(), "ab\r\n.x\r\n");
}

TEST_F(DataTest, PassesOverChunksItDoesNotWant) {
  Hello();
  Send("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
  EXPECT_THAT(Reply(), StartsWith("503 5.5.1"));
  EXPECT_THAT(Reply(), StartsWith("250 "));
  Ask("MAIL FROM:<bob@example.net>");
  EXPECT_THAT(Ask("BDAT 0 LAST"), StartsWith("554 5.5.1"));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("503 "));
}

TEST_F(DataTest, ChunksAndDataDoNotMix) {
  Hello();
  Envelope();
  EXPECT_THAT(Ask("BDAT 0"), StartsWith("250 "));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("503 "));
  EXPECT_THAT(Ask("DATA"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("DATA"), StartsWith("503 5.5.1 Send MAIL"));
}

TEST_F(DataTest, RefusesTooLargeChunksBeforeReadingThem) {
  server_.limits.message_octets = 10;
  server_.limits.discarded_octets = 100;
  Hello();
  Envelope();
  Send("BDAT 20\r\n12345678901234567890BDAT 1 LAST\r\nx");
  EXPECT_THAT(Reply(), StartsWith("552 5.3.4"));
  EXPECT_THAT(Reply(), StartsWith("503 "));
  Envelope();
  EXPECT_THAT(Ask("BDAT 18446744073709551615"), StartsWith("421 4.3.4"));
  EXPECT_EQ(Reply(), "");
}

TEST_F(DataTest, BadChunkSizesEndTheSession) {
  Hello();
  Envelope();
  EXPECT_THAT(Ask("BDAT x LAST"), StartsWith("501 5.5.4"));
  EXPECT_EQ(Reply(), "");
}

}  // namespace
}  // namespace posthorn::smtp
