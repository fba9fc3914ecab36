// Mail through rspamd, from the client to the store.
#include "smtp-gateway/session/message_filter.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "smtp-gateway/filter/filters.h"
#include "smtp-gateway/testing/scripted_milter.h"
#include "smtp-gateway/testing/scripted_rspamd.h"
#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing_support::MilterPacket;
using testing_support::MilterScript;
using testing_support::ScriptedMilter;
using testing_support::ScriptedRspamd;

constexpr char kHam[] = R"({"action": "no action", "score": 0, "required_score": 15})";
constexpr char kJunk[] = R"({"action": "add header", "score": 7, "required_score": 15})";

class MessageFilterTest : public SessionFixture {
 protected:
  ~MessageFilterTest() override { End(); }

  void Answer(const std::string& answer, const std::string& status = "200 OK") {
    rspamd_ = std::make_unique<ScriptedRspamd>(answer, status);
    options_.rspamd = filter::RspamdOptions{"127.0.0.1", rspamd_->port()};
    Use();
  }
  void Use() {
    options_.spool_folder = testing::TempDir();
    filters_ = std::make_unique<filter::Filters>(options_);
    server_.filters = filters_.get();
  }
  // One that ends with these replies.
  void Milter(const std::string& end) {
    script_.end = end;
    milter_ = std::make_unique<ScriptedMilter>(script_, said_);
    options_.milters = {{"127.0.0.1", milter_->port(), "", "test"}};
    Use();
  }
  void Envelope(const std::string& recipient = "alice@example.org") {
    ASSERT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("250 "));
    ASSERT_THAT(Ask("RCPT TO:<" + recipient + ">"), StartsWith("250 "));
  }
  const FakeDelivery& Delivered() { return store_.delivered.at(0); }

  filter::FilterOptions options_;
  std::unique_ptr<ScriptedRspamd> rspamd_;
  MilterScript script_;
  std::vector<std::string> said_;
  std::unique_ptr<ScriptedMilter> milter_;
  std::unique_ptr<filter::Filters> filters_;
};

TEST_F(MessageFilterTest, GoodMailIsDelivered) {
  Answer(kHam);
  Hello();
  Envelope();
  EXPECT_EQ(SendData("Subject: x\r\n\r\nText\r\n.\r\n"), "250 2.0.0 OK d1");
  End();
  EXPECT_THAT(Delivered().message, AllOf(StartsWith("Return-Path: <bob@example.net>\r\nReceived: "),
                                         EndsWith("X-Spam-Status: No, score=0.00 required=15.00\r\n"
                                                  "Subject: x\r\n\r\nText\r\n")));
  EXPECT_EQ(Delivered().start.mailbox(), "");
  ASSERT_EQ(rspamd_->requests().size(), 1u);
  const auto [head, message] = rspamd_->requests()[0];
  EXPECT_EQ(message, "Subject: x\r\n\r\nText\r\n");
  EXPECT_THAT(head,
              AllOf(HasSubstr("\r\nIP: 127.0.0.1\r\n"), HasSubstr("\r\nHelo: client.example\r\n"),
                    HasSubstr("\r\nFrom: <bob@example.net>\r\n"),
                    HasSubstr("\r\nRcpt: <alice@example.org>\r\n"),
                    HasSubstr("\r\nMTA-Name: mx.example.org\r\n"), Not(HasSubstr("User:"))));
}

TEST_F(MessageFilterTest, SpamGoesToJunkAndForwardsAreSuspicious) {
  store_.forwards["alice@example.org"] = {"alice@example.com"};
  Answer(kJunk);
  Hello();
  Envelope();
  EXPECT_EQ(SendData("Subject: x\r\n\r\nText\r\n.\r\n"), "250 2.0.0 OK d1");
  End();
  EXPECT_EQ(Delivered().start.mailbox(), "Junk");
  EXPECT_TRUE(Delivered().start.envelope().suspicious());
  EXPECT_EQ(Delivered().start.idempotency_key().size(), 16u);
  EXPECT_FALSE(Delivered().start.session_id().empty());
  EXPECT_THAT(Delivered().message, HasSubstr("\r\nX-Spam: Yes\r\n"));
}

TEST_F(MessageFilterTest, RefusalsAreRepliesToTheEndOfData) {
  Answer(R"({"action": "reject", "messages": {"smtp_message": "Gtube pattern"}})");
  Hello();
  Envelope();
  EXPECT_EQ(SendData("x\r\n.\r\n"), "554 5.7.1 Gtube pattern");
  // The refusal has ended the transaction.
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("503 "));
  End();
  EXPECT_TRUE(store_.delivered.empty());
}

TEST_F(MessageFilterTest, BdatIsFilteredToo) {
  Answer(R"({"action": "soft reject"})");
  Hello();
  Envelope();
  Send("BDAT 6\r\na: b\r\n");
  EXPECT_THAT(Reply(), StartsWith("250 "));
  EXPECT_THAT(Ask("BDAT 0 LAST"), StartsWith("451 4.7.1 "));
  EXPECT_EQ(rspamd_->requests().at(0).second, "a: b\r\n");
}

TEST_F(MessageFilterTest, ForgedResultsAreRemovedFirst) {
  Answer(kHam);
  Hello();
  Envelope();
  SendData(
      "Authentication-Results: MX.example.org; dkim=pass\r\n"
      "Authentication-Results: other.example; spf=pass\r\n\r\n.\r\n");
  End();
  EXPECT_EQ(rspamd_->requests().at(0).second,
            "Authentication-Results: other.example; spf=pass\r\n\r\n");
  EXPECT_THAT(Delivered().message, Not(HasSubstr("MX.example.org")));
}

TEST_F(MessageFilterTest, LargeMessagesAreHeldInAFile) {
  Answer(kJunk);
  Hello();
  Envelope();
  std::string text;
  while (text.size() < 2'000'000) {
    text += "line " + std::to_string(text.size()) + "\r\n";
  }
  EXPECT_EQ(SendData("Subject: x\r\n\r\n" + text + ".\r\n"), "250 2.0.0 OK d1");
  End();
  EXPECT_EQ(rspamd_->requests().at(0).second, "Subject: x\r\n\r\n" + text);
  EXPECT_THAT(Delivered().message.substr(0, 500),
              HasSubstr("X-Spam: Yes\r\nSubject: x\r\n\r\nline 0"));
  EXPECT_TRUE(Delivered().message.ends_with(text));
  EXPECT_LE(Delivered().largest_frame, 256u * 1024);
  EXPECT_EQ(Delivered().start.mailbox(), "Junk");
  EXPECT_EQ(filters_->space().used(), 0u);
}

TEST_F(MessageFilterTest, WithoutRoomTheClientComesAgain) {
  options_.spool_octets = 300'000;
  Answer(kHam);
  Hello();
  Envelope();
  std::string text;
  while (text.size() < 600'000) {
    text += "line\r\n";
  }
  EXPECT_THAT(SendData("A: b\r\n\r\n" + text + ".\r\n"), StartsWith("452 4.3.1 "));
  EXPECT_EQ(filters_->space().used(), 0u);
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
}

TEST_F(MessageFilterTest, WhatIsTooLargeIsNotScanned) {
  options_.largest = 1'000;
  Answer(R"({"action": "reject"})");
  Hello();
  Envelope();
  const std::string text(1'000, 'x');
  EXPECT_THAT(SendData("A: b\r\n\r\n" + text + "\r\n.\r\n"), StartsWith("250 "));
  End();
  EXPECT_TRUE(rspamd_->requests().empty());
  EXPECT_THAT(Delivered().message, HasSubstr("X-Spam-Status: No, not scanned"));
}

TEST_F(MessageFilterTest, WithoutAnAnswerTheClientComesAgain) {
  Answer("nonsense");
  Hello();
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("451 4.7.1 "));
  End();
  EXPECT_TRUE(store_.delivered.empty());
}

TEST_F(MessageFilterTest, OrTheMailPassesIfThatIsWanted) {
  options_.rspamd_fail = filter::FailMode::kAccept;
  Answer(kHam, "500 broken");
  rspamd_.reset();  // and away
  Hello();
  Envelope();
  EXPECT_THAT(SendData("A: b\r\n\r\nx\r\n.\r\n"), StartsWith("250 "));
  End();
  EXPECT_THAT(Delivered().message, EndsWith("A: b\r\n\r\nx\r\n"));
}

TEST_F(MessageFilterTest, UsersAreNeverSentToJunk) {
  Answer(kJunk);
  Login();
  ASSERT_THAT(Ask("MAIL FROM:<alice@example.org>"), StartsWith("250 "));
  ASSERT_THAT(Ask("RCPT TO:<bob@example.org>"), StartsWith("250 "));
  EXPECT_THAT(SendData("Subject: x\r\n\r\nText\r\n.\r\n"), StartsWith("250 "));
  End();
  EXPECT_EQ(Delivered().start.mailbox(), "");
  EXPECT_THAT(Delivered().message, AllOf(Not(HasSubstr("X-Spam")), HasSubstr("Message-ID: <"),
                                         EndsWith("\r\n\r\nText\r\n")));
  EXPECT_THAT(rspamd_->requests().at(0).first, HasSubstr("\r\nUser: alice@example.org\r\n"));
}

TEST_F(MessageFilterTest, LmtpIsNotFiltered) {
  Answer(R"({"action": "reject"})");
  server_.lmtp_networks = *net::NetworkList::Parse("127.0.0.0/8");
  Connect(Role::kLmtp);
  Reply();
  ASSERT_THAT(Ask("LHLO client.example"), StartsWith("250-"));
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  EXPECT_TRUE(rspamd_->requests().empty());
}

TEST_F(MessageFilterTest, AMilterChangesTheMessageAndItsEnvelope) {
  using std::string_literals::operator""s;
  Milter(MilterPacket('h', "X-A\0a\0"s) + MilterPacket('-', "<alice@example.org>\0"s) +
         MilterPacket('+', "<bob@example.org>\0"s) + MilterPacket('+', "<copy@example.com>\0"s) +
         MilterPacket('+', "<nobody@example.org>\0"s) + MilterPacket('+', "no address\0"s) +
         MilterPacket('e', "<srs@example.org>\0"s) + MilterPacket('b', "New\r\n") +
         MilterPacket('c'));
  Hello();
  Envelope();
  EXPECT_EQ(SendData("Subject: x\r\n\r\nText\r\n.\r\n"), "250 2.0.0 OK d1");
  End();
  EXPECT_THAT(Delivered().message, AllOf(StartsWith("Return-Path: <srs@example.org>\r\n"),
                                         EndsWith("Subject: x\r\nX-A: a\r\n\r\nNew\r\n")));
  EXPECT_THAT(Delivered().account_ids, ElementsAre(2));
  ASSERT_EQ(Delivered().start.recipients_size(), 1);
  EXPECT_EQ(Delivered().start.recipients(0).forward_path(), "copy@example.com");
  EXPECT_EQ(Delivered().start.envelope().reverse_path(), "srs@example.org");
}

TEST_F(MessageFilterTest, AMilterMayTakeAllRecipientsAway) {
  using std::string_literals::operator""s;
  Milter(MilterPacket('-', "<alice@example.org>\0"s) + MilterPacket('a'));
  Hello();
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 2.0.0 OK "));
  End();
  EXPECT_TRUE(store_.delivered.empty());
}

// Postfix, 2026: half of a body in place of the whole one.
TEST_F(MessageFilterTest, AMilterThatBreaksOffHasChangedNothing) {
  options_.milter_fail = filter::FailMode::kAccept;
  script_.closes_at_end = true;
  Milter(MilterPacket('b', "half of the bo"));
  Hello();
  Envelope();
  EXPECT_EQ(SendData("Subject: x\r\n\r\nText\r\n.\r\n"), "250 2.0.0 OK d1");
  End();
  EXPECT_THAT(Delivered().message, EndsWith("\r\nSubject: x\r\n\r\nText\r\n"));
}

TEST_F(MessageFilterTest, RspamdIsAskedFirstAndItsWordStays) {
  Answer(kJunk);
  Milter(MilterPacket('a'));
  Hello();
  Envelope();
  EXPECT_EQ(SendData("Subject: x\r\n\r\nText\r\n.\r\n"), "250 2.0.0 OK d1");
  End();
  EXPECT_EQ(Delivered().start.mailbox(), "Junk");
  milter_.reset();
  EXPECT_THAT(said_, Contains(StartsWith("LX-Spam-Status")));
}

TEST_F(MessageFilterTest, AMilterThatBreaksTheProtocolRefusesAllThatFollows) {
  options_.milter_fail = filter::FailMode::kReject;
  script_.answers['R'] = "nonsense";
  Milter(MilterPacket('c'));
  Hello();
  ASSERT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("250 "));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("554 5.7.1 "));
  }
  EXPECT_THAT(Ask("DATA"), StartsWith("554 5.5.1 No valid recipients"));
}

TEST_F(MessageFilterTest, OrTheTransactionGoesOnWithoutIt) {
  options_.milter_fail = filter::FailMode::kAccept;
  script_.answers['R'] = "nonsense";
  Milter(MilterPacket('r'));
  Hello();
  Envelope();
  Ask("RCPT TO:<bob@example.org>");
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
}

TEST_F(MessageFilterTest, AMilterThatIsAwayPutsOffMailAndNotTheClient) {
  Milter(MilterPacket('c'));
  milter_.reset();
  Hello();
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("451 4.7.1 "));
  EXPECT_THAT(Ask("NOOP"), StartsWith("250 "));
}

TEST_F(MessageFilterTest, AMilterRefusesOneOfTheRecipients) {
  using std::string_literals::operator""s;
  script_.answers_to["R<bob@example.org>\0"s] =
      MilterPacket('y', "550-5.7.1 Not\r\n550 5.7.1 him\0"s);
  Milter(MilterPacket('c'));
  Hello();
  Envelope();
  EXPECT_EQ(Ask("RCPT TO:<bob@example.org>"), "550-5.7.1 Not\r\n550 5.7.1 him");
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  End();
  EXPECT_THAT(Delivered().account_ids, ElementsAre(1));
}

TEST_F(MessageFilterTest, AMilterRefusesTheCommandItIsToldOf) {
  using std::string_literals::operator""s;
  script_.answers_to["Hbad.example\0"s] = MilterPacket('r');
  script_.answers_to["M<bad@example.net>\0SIZE=1\0"s] = MilterPacket('t');
  script_.answers_to["T"] = MilterPacket('y', "452 4.3.1 Full\0"s);
  Milter(MilterPacket('c'));
  Connect();
  Reply();
  EXPECT_EQ(Ask("EHLO bad.example"), "550 5.7.1 Refused by a filter");
  EXPECT_THAT(Ask("MAIL FROM:<>"), StartsWith("503 "));
  EXPECT_THAT(Ask("EHLO good.example"), StartsWith("250-"));
  EXPECT_THAT(Ask("MAIL FROM:<bad@example.net> SIZE=1"), StartsWith("451 4.7.1 "));
  Envelope();
  EXPECT_EQ(Ask("DATA"), "452 4.3.1 Full");
  Envelope();
  Send("BDAT 2 LAST\r\nab");
  EXPECT_EQ(Reply(), "452 4.3.1 Full");
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("503 "));
}

TEST_F(MessageFilterTest, AMilterRefusesAClient) {
  script_.answers['C'] = MilterPacket('r');
  Milter(MilterPacket('c'));
  Connect();
  EXPECT_EQ(Reply(), "554 5.7.1 Refused by a filter");
  EXPECT_EQ(Reply(), "");
}

// RFC 5321 4.3.2: greetings have few codes.
TEST_F(MessageFilterTest, AMilterPutsOffAClient) {
  using std::string_literals::operator""s;
  script_.answers['C'] = MilterPacket('y', "450 4.7.7 Later\0"s);
  Milter(MilterPacket('c'));
  Connect();
  EXPECT_EQ(Reply(), "421 4.7.7 Later");
  EXPECT_EQ(Reply(), "");
}

TEST_F(MessageFilterTest, A421OfAMilterEndsTheSession) {
  using std::string_literals::operator""s;
  script_.answers['R'] = MilterPacket('y', "421 4.7.0 Go away\0"s);
  Milter(MilterPacket('c'));
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  EXPECT_EQ(Ask("RCPT TO:<alice@example.org>"), "421 4.7.0 Go away");
  EXPECT_EQ(Reply(), "");
}

TEST_F(MessageFilterTest, AMilterMayDiscardAtARecipientAndHearNoMore) {
  using std::string_literals::operator""s;
  script_.answers_to["R<bob@example.org>\0"s] = MilterPacket('d');
  Milter(MilterPacket('r'));
  Hello();
  Envelope();
  EXPECT_THAT(Ask("RCPT TO:<bob@example.org>"), StartsWith("250 "));
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 2.0.0 OK "));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("250 "));
  End();
  milter_.reset();
  EXPECT_TRUE(store_.delivered.empty());
  EXPECT_THAT(said_, Contains("A"));
  EXPECT_THAT(said_, Not(Contains("T")));
}

TEST_F(MessageFilterTest, AMilterThatAcceptsTheClientHearsOfNoMail) {
  script_.answers['H'] = MilterPacket('a');
  Milter(MilterPacket('r'));
  Hello();
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  End();
  milter_.reset();
  EXPECT_THAT(said_, Not(Contains(StartsWith("M"))));
}

TEST_F(MessageFilterTest, AMilterThatHasClosedIsAskedAnew) {
  script_.closes_at_end = true;
  Milter(MilterPacket('c'));
  Hello();
  for (int i = 0; i < 3; ++i) {
    Envelope();
    EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  }
  End();
  milter_.reset();
  EXPECT_EQ(std::count_if(said_.begin(), said_.end(),
                          [](const std::string& packet) { return packet[0] == 'C'; }),
            3);
}

TEST_F(MessageFilterTest, DiscardedMailIsAcceptedAndGone) {
  Answer(R"({"action": "discard"})");
  Hello();
  Envelope();
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 2.0.0 OK "));
  End();
  EXPECT_TRUE(store_.delivered.empty());
}

}  // namespace
}  // namespace posthorn::smtp
