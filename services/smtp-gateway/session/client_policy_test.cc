// Limits that all gateways share, and greylisting.
#include "smtp-gateway/session/client_policy.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "smtp-gateway/filter/dnsbl.h"
#include "smtp-gateway/testing/fake_resolver.h"
#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

class ClientPolicyTest : public SessionFixture {
 protected:
  void Envelope(const std::string& sender) {
    EXPECT_THAT(Ask("MAIL FROM:<" + sender + ">"), StartsWith("250 "));
    EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("250 "));
    EXPECT_THAT(Ask("RCPT TO:<bob@example.org>"), StartsWith("250 "));
  }
};

TEST_F(ClientPolicyTest, NothingIsCountedWithoutALimit) {
  Hello();
  Envelope("bob@example.net");
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  End();
  EXPECT_THAT(store_.events, IsEmpty());
  EXPECT_THAT(store_.greylist, IsEmpty());
}

TEST_F(ClientPolicyTest, LimitsMessagesOfAnAddress) {
  server_.limits.messages_of_address = 1;
  Hello();
  Envelope("bob@example.net");
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  Envelope("bob@example.net");
  EXPECT_THAT(Ask("DATA"), StartsWith("450 4.7.1"));
  EXPECT_THAT(Ask("DATA"), StartsWith("503 "));
  Envelope("bob@example.net");
  Send("BDAT 1 LAST\r\nx");
  EXPECT_THAT(Reply(), StartsWith("450 4.7.1"));
  EXPECT_THAT(Ask("NOOP"), StartsWith("250 "));
  End();
  EXPECT_EQ(store_.delivered.size(), 1u);
  EXPECT_THAT(store_.events, ElementsAre(Pair("messages/ip/127.0.0.1", 3u)));
}

TEST_F(ClientPolicyTest, LimitsRecipientsOfAUser) {
  server_.limits.recipients_of_user = 3;
  server_.limits.recipients_of_address = 1;
  Login();
  Envelope("alice@example.org");
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  Envelope("alice@example.org");
  EXPECT_THAT(Ask("DATA"), StartsWith("450 4.7.1"));
  End();
  EXPECT_THAT(store_.events, ElementsAre(Pair("recipients/user/1", 4u)));
}

TEST_F(ClientPolicyTest, ChunksAreCountedOnce) {
  server_.limits.messages_of_address = 100;
  Hello();
  Envelope("bob@example.net");
  for (int i = 0; i < 3; ++i) {
    Send("BDAT 1\r\nx");
    EXPECT_THAT(Reply(), StartsWith("250 "));
  }
  EXPECT_THAT(Ask("BDAT 0 LAST"), StartsWith("250 "));
  End();
  EXPECT_THAT(store_.events, ElementsAre(Pair("messages/ip/127.0.0.1", 1u)));
}

TEST_F(ClientPolicyTest, GreylistsTheFirstAttempt) {
  server_.limits.greylist = std::chrono::seconds(60);
  Hello();
  Ask("MAIL FROM:<bob@example.net>");
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("450 4.7.1"));
  EXPECT_THAT(Ask("RCPT TO:<nobody@example.org>"), StartsWith("550 5.1.1"));
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("250 "));
  End();
  ASSERT_EQ(store_.greylist.size(), 2u);
  EXPECT_EQ(store_.greylist[0].client_network(), "127.0.0.0/24");
  EXPECT_EQ(store_.greylist[0].reverse_path(), "bob@example.net");
  EXPECT_EQ(store_.greylist[0].forward_path(), "alice@example.org");
  EXPECT_EQ(store_.greylist[0].delay_seconds(), 60u);
}

TEST_F(ClientPolicyTest, UsersAreNotGreylisted) {
  server_.limits.greylist = std::chrono::seconds(60);
  Login();
  Envelope("alice@example.org");
  End();
  EXPECT_THAT(store_.greylist, IsEmpty());
}

TEST_F(ClientPolicyTest, WithoutAnAnswerTheClientPasses) {
  server_.limits.greylist = std::chrono::seconds(60);
  server_.limits.messages_of_address = 1;
  store_.policy_failure = absl::UnavailableError("away");
  Hello();
  for (int i = 0; i < 3; ++i) {
    Envelope("bob@example.net");
    EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  }
}

// Counts its questions.
class CountingResolver final : public dns::Resolver {
 public:
  asio::awaitable<dns::Answer> Query(std::string name, dns::Type type) override {
    ++questions;
    co_return co_await fake.Query(std::move(name), type);
  }
  dns::FakeResolver fake;
  int questions = 0;
};

class BlocklistTest : public ClientPolicyTest {
 protected:
  BlocklistTest() {
    resolver_.fake.AddAddress("8.7.200.185.list.example", std::string("\x7f\0\0\2", 4));
    filter::DnsblOptions options;
    options.zones = *filter::ParseDnsbl("list.example");
    lists_ = std::make_unique<filter::Dnsbl>(options, resolver_);
    server_.blocklists = lists_.get();
    server_.xclient_networks = *net::NetworkList::Parse("127.0.0.0/8");
  }
  ~BlocklistTest() override { End(); }
  // Another client, within its transaction.
  void From(const std::string& address) {
    EXPECT_THAT(Ask("XCLIENT ADDR=" + address), StartsWith("220 "));
    EXPECT_THAT(Ask("EHLO client.example"), StartsWith("250-"));
    EXPECT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("250 "));
  }

  CountingResolver resolver_;
  std::unique_ptr<filter::Dnsbl> lists_;
};

TEST_F(BlocklistTest, RefusesRecipientsOfTheListedAndAsksOnce) {
  Hello();
  From("185.200.7.8");
  const std::string refusal = "554 5.7.1 Client is listed by list.example";
  EXPECT_THAT(Ask("RCPT TO:<nobody@example.org>"), StartsWith("550 5.1.1"));
  EXPECT_EQ(Ask("RCPT TO:<alice@example.org>"), refusal);
  EXPECT_EQ(Ask("RCPT TO:<bob@example.org>"), refusal);
  // RFC 5321 4.5.1: who is listed by mistake can say so.
  EXPECT_THAT(Ask("RCPT TO:<postmaster@mx.example.org>"), StartsWith("250 "));
  Ask("RSET");
  From("185.200.7.9");
  EXPECT_THAT(Ask("RCPT TO:<alice@example.org>"), StartsWith("250 "));
  EXPECT_THAT(Ask("RCPT TO:<bob@example.org>"), StartsWith("250 "));
  End();
  EXPECT_EQ(resolver_.questions, 3);  // an address and its text, and another address
}

TEST_F(BlocklistTest, IsNotForPrivateAddresses) {
  Hello();
  Envelope("bob@example.net");
  End();
  EXPECT_EQ(resolver_.questions, 0);
}

}  // namespace
}  // namespace posthorn::smtp
