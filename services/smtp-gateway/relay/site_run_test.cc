// Whole runs over a slot: what a next hop says, and what becomes of the recipients.
#include "smtp-gateway/relay/site_run.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "mail/tls_report.h"
#include "smtp-gateway/testing/relay_fixture.h"

namespace posthorn::relay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing_support::ServerScript;
using Attempt = v1::AttemptResult;

class SiteRunTest : public RelayFixture {};

TEST_F(SiteRunTest, DeliversAMessage) {
  auto& server = Serve();
  Run(OneRecipient());
  const Attempt result = Result(10);
  EXPECT_EQ(result.outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(result.status_code(), "2.0.0");
  EXPECT_EQ(result.diagnostic(), "250 2.0.0 queued");
  EXPECT_TRUE(result.remote_reply());
  EXPECT_TRUE(result.dsn_passed_on());
  EXPECT_EQ(result.remote_mta(), "mx.example.net");
  EXPECT_EQ(result.remote_address(), "127.0.0.1");
  EXPECT_EQ(result.lease().lease_epoch(), 7u);
  ASSERT_EQ(server.messages().size(), 1u);
  EXPECT_EQ(server.messages()[0].data, "Subject: one\r\n\r\n.dot\r\n");
  EXPECT_THAT(
      server.messages()[0].envelope,
      ElementsAre("MAIL FROM:<alice@example.org> SIZE=100 RET=HDRS", "RCPT TO:<bob@example.net>"));
  ASSERT_EQ(source_.noted.size(), 1u);
  ASSERT_EQ(source_.finished.size(), 1u);
  EXPECT_EQ(source_.finished[0].site(), v1::FinishWorkRequest::SITE_GOOD);
  EXPECT_GT(source_.finished[0].more_recipients(), 0u);
}

class ReportPostTest : public RelayFixture {
 protected:
  ReportPostTest() {
    source_.messages[1] =
        mail::ComposeTlsReport({.submitter = "example.org", .domain = "example.net"}, {}, {});
    post_ = [this](HttpsUrl url, std::string type,
                   std::string body) -> asio::awaitable<absl::StatusOr<HttpResponse>> {
      posted_.push_back(absl::StrCat(url.host, " ", url.port, " ", url.target, " ", type));
      body_ = body;
      co_return response_;
    };
  }
  static v1::Work Report() {
    v1::Work work = EmptyWork();
    work.mutable_slot()->set_site("https://example.net:444/tls");
    AddMessage(work, 1);
    AddRecipient(work, 1, "https://example.net:444/tls");
    return work;
  }

  absl::StatusOr<HttpResponse> response_ = HttpResponse{.status = 200};
  std::vector<std::string> posted_;
  std::string body_;
};

TEST_F(ReportPostTest, AReportIsPosted) {
  Run(Report());
  EXPECT_THAT(posted_, ElementsAre("example.net 444 /tls application/tlsrpt+gzip"));
  EXPECT_EQ(body_, *mail::TlsReportFile(source_.messages[1]));
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(Result(10).diagnostic(), "example.net answers 200");
  EXPECT_EQ(Result(10).remote_mta(), "example.net");
  ASSERT_EQ(source_.finished.size(), 1u);
  EXPECT_EQ(source_.finished[0].site(), v1::FinishWorkRequest::SITE_GOOD);
}

TEST_F(ReportPostTest, WhatTheServerDoesNotTakeIsTriedAgain) {
  for (const int status : {199, 300, 404, 503}) {
    response_ = HttpResponse{.status = status};
    Run(Report());
    EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED) << status;
  }
}

TEST_F(ReportPostTest, AServerThatIsNotThereIsLeftAlone) {
  response_ = absl::UnavailableError("refused");
  Run(Report());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(10).diagnostic(), "the report cannot be posted: refused");
  EXPECT_EQ(source_.finished[0].site(), v1::FinishWorkRequest::SITE_DEAD);
  EXPECT_EQ(source_.finished[0].more_recipients(), 0u);
}

TEST_F(ReportPostTest, NothingElseIsPosted) {
  source_.messages[1] = "Subject: one\r\n\r\nhello\r\n";
  Run(Report());
  EXPECT_THAT(posted_, testing::IsEmpty());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_FAILED);
}

TEST_F(SiteRunTest, TellsRecipientsApart) {
  ServerScript script;
  script.replies["RCPT TO:<no@"] = "550 5.1.1 no such user";
  script.replies["RCPT TO:<later@"] = "451-4.2.0 come\r\n451 4.2.0 later";
  auto& server = Serve(script);
  v1::Work work = OneRecipient();
  AddRecipient(work, 1, "no@example.net");
  AddRecipient(work, 1, "later@example.net");
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(Result(11).outcome(), Attempt::OUTCOME_FAILED);
  EXPECT_EQ(Result(11).status_code(), "5.1.1");
  EXPECT_EQ(Result(12).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(12).diagnostic(), "451 4.2.0 come 4.2.0 later");
  EXPECT_EQ(server.messages().size(), 1u);
}

TEST_F(SiteRunTest, RefusalsAtEachStep) {
  for (const std::string step : {"MAIL", "RCPT", "DATA"}) {
    for (const bool pipelining : {true, false}) {
      source_.finished.clear();
      ServerScript script;
      script.replies[step] = "554 5.7.1 not here";
      if (!pipelining) {
        script.extensions = {};
      }
      auto& server = Serve(script);
      Run(OneRecipient());
      EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_FAILED) << step;
      EXPECT_EQ(Result(10).status_code(), "5.7.1") << step;
      EXPECT_TRUE(server.messages().empty()) << step;
    }
  }
}

TEST_F(SiteRunTest, ARefusedMessageIsFailed) {
  ServerScript script;
  script.ends = {"554 5.6.0 spam"};
  Serve(script);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_FAILED);
  EXPECT_EQ(Result(10).status_code(), "5.6.0");
}

TEST_F(SiteRunTest, DataWithoutRecipientsIsEmpty) {
  ServerScript script;
  script.replies["RCPT"] = "550 5.1.1 no";
  script.replies["DATA"] = "354 go on";
  auto& server = Serve(script);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_FAILED);
  ASSERT_EQ(server.messages().size(), 1u);
  EXPECT_EQ(server.messages()[0].data, "");
}

TEST_F(SiteRunTest, ManyMessagesShareAConnectionAndAResult) {
  auto& server = Serve();
  v1::Work work = OneRecipient();
  AddMessage(work, 2);
  AddRecipient(work, 2, "carol@example.net");
  v1::Work more = EmptyWork();
  AddMessage(more, 3);
  AddRecipient(more, 3, "dave@example.net");
  source_.more.push_back(more);
  Run(work);
  EXPECT_EQ(server.messages().size(), 3u);
  EXPECT_EQ(testing::Value(server.commands(), Contains("<connected>").Times(1)), true);
  ASSERT_EQ(source_.finished.size(), 2u);
  EXPECT_EQ(source_.finished[0].results_size(), 2);
  EXPECT_EQ(Result(30).outcome(), Attempt::OUTCOME_DELIVERED);
}

TEST_F(SiteRunTest, AfterARefusedTransactionComesReset) {
  ServerScript script;
  script.replies["RCPT TO:<bob"] = "550 5.1.1 no";
  auto& server = Serve(script);
  v1::Work work = OneRecipient();
  AddMessage(work, 2);
  AddRecipient(work, 2, "carol@example.net");
  Run(work);
  EXPECT_THAT(server.commands(), Contains("RSET"));
  ASSERT_EQ(server.messages().size(), 1u);
  EXPECT_EQ(server.messages()[0].envelope.size(), 2u);
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DELIVERED);
}

TEST_F(SiteRunTest, ALostConnectionAfterTheEndIsDeferred) {
  ServerScript script;
  script.ends = {"<close>"};
  Serve(script);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(10).status_code(), "4.4.2");
  EXPECT_THAT(Result(10).diagnostic(), HasSubstr("may have been delivered"));
  EXPECT_EQ(source_.noted.size(), 1u);
}

TEST_F(SiteRunTest, ALostLeaseStopsBeforeTheDot) {
  auto& server = Serve();
  source_.lost = {10};
  Run(OneRecipient());
  EXPECT_TRUE(server.messages().empty());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_UNTRIED);
}

TEST_F(SiteRunTest, WhatCameWithTheClaimIsNotFetched) {
  auto& server = Serve();
  source_.messages.clear();
  v1::Work work = OneRecipient();
  work.mutable_messages(0)->set_octets("Subject: carried\r\n\r\n.dot\r\n");
  AddMessage(work, 2).set_octets("Subject: two\r\n\r\nhello\r\n");
  AddRecipient(work, 2, "bob@example.net");
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DELIVERED);
  ASSERT_EQ(server.messages().size(), 2u);
  EXPECT_EQ(server.messages()[0].data, "Subject: carried\r\n\r\n.dot\r\n");
  EXPECT_EQ(server.messages()[1].data, "Subject: two\r\n\r\nhello\r\n");
  EXPECT_TRUE(source_.noted.empty());
}

TEST_F(SiteRunTest, A421AfterSomeMessagesTakesAnotherConnection) {
  ServerScript script;
  script.ends = {"250 2.0.0 ok", "421 4.7.0 enough", "250 2.0.0 ok"};
  auto& server = Serve(script);
  v1::Work work = OneRecipient();
  for (const uint64_t id : {2, 3}) {
    AddMessage(work, id);
    AddRecipient(work, id, "carol@example.net");
  }
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(30).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(source_.finished[0].site(), v1::FinishWorkRequest::SITE_THROTTLING);
  EXPECT_EQ(server.messages().size(), 3u);
}

TEST_F(SiteRunTest, AConnectionThatEndedBetweenMessagesIsMadeAnew) {
  ServerScript script;
  script.messages_per_connection = 1;
  auto& server = Serve(script);
  v1::Work work = OneRecipient();
  for (const uint64_t id : {2, 3}) {
    AddMessage(work, id);
    AddRecipient(work, id, "carol@example.net");
  }
  Run(work);
  for (const uint64_t recipient : {10, 20, 30}) {
    EXPECT_EQ(Result(recipient).outcome(), Attempt::OUTCOME_DELIVERED) << recipient;
  }
  EXPECT_EQ(server.messages().size(), 3u);
}

TEST_F(SiteRunTest, A421AtTheGreetingDefersAll) {
  ServerScript script;
  script.greeting = "421 4.7.0 too many connections";
  Serve(script);
  v1::Work work = OneRecipient();
  AddMessage(work, 2);
  AddRecipient(work, 2, "carol@example.net");
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(source_.finished[0].site(), v1::FinishWorkRequest::SITE_THROTTLING);
  EXPECT_EQ(source_.finished[0].more_recipients(), 0u);
}

TEST_F(SiteRunTest, ARefusedGreetingIsNotFinal) {
  ServerScript script;
  script.greeting = "554 5.7.1 go away";
  Serve(script);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(10).status_code(), "4.7.1");
  EXPECT_EQ(source_.finished[0].site(), v1::FinishWorkRequest::SITE_DEAD);
}

TEST_F(SiteRunTest, NoConnectionIsADeadSite) {
  Serve();
  server_.reset();
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(10).status_code(), "4.4.1");
  EXPECT_EQ(source_.finished[0].site(), v1::FinishWorkRequest::SITE_DEAD);
}

TEST_F(SiteRunTest, TheNextHostIsTried) {
  auto& server = Serve();
  // 127.0.0.2 is this machine too, where nobody listens.
  resolver_.AddMx("example.net", 5, "away.example.net");
  resolver_.AddAddress("away.example.net", std::string("\x7f\0\0\2", 4));
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(server.messages().size(), 1u);
}

TEST_F(SiteRunTest, HeloForServersThatDoNotKnowEhlo) {
  ServerScript script;
  script.replies["EHLO"] = "502 5.5.1 what?";
  script.replies["HELO"] = "250 hello";
  auto& server = Serve(script);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(server.messages()[0].envelope[0], "MAIL FROM:<alice@example.org>");
}

TEST_F(SiteRunTest, ChunksWhereTheyAreOffered) {
  ServerScript script;
  script.extensions = {"PIPELINING", "CHUNKING"};
  auto& server = Serve(script);
  source_.messages[1] = std::string(200'000, 'x');
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(server.messages()[0].data, source_.messages[1]);
  EXPECT_THAT(server.commands(), Not(Contains("DATA")));
}

TEST_F(SiteRunTest, StrayRepliesAreAnAttack) {
  ServerScript script;
  script.extensions = {};
  script.replies["DATA"] = "354 go on\r\n250 2.0.0 queued";
  auto& server = Serve(script);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_TRUE(server.messages().empty());
}

TEST_F(SiteRunTest, BareLineEndsAreNotSent) {
  auto& server = Serve();
  source_.messages[1] = "Subject: x\r\n\r\na\n.\r\nMAIL FROM:<>\r\n";
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_FAILED);
  EXPECT_EQ(Result(10).status_code(), "5.6.3");
  EXPECT_TRUE(server.messages().empty());
}

TEST_F(SiteRunTest, EightBitsBecomeSevenWhereTheyMust) {
  ServerScript script;
  script.extensions = {"PIPELINING"};
  auto& server = Serve(script);
  source_.messages[1] =
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: 8bit\r\n\r\ngr\xC3\xBC\xC3\x9F\r\n";
  v1::Work work = OneRecipient();
  work.mutable_messages(0)->set_content(v1::BODY_KIND_8BITMIME);
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_THAT(server.messages()[0].data, HasSubstr("gr=C3=BC=C3=9F\r\n"));
  EXPECT_THAT(server.messages()[0].data, HasSubstr("quoted-printable"));

  source_.messages[1] =
      "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n"
      "Content-Transfer-Encoding: 8bit\r\n\r\n\xC3\xBC\r\n--x--\r\n";
  source_.finished.clear();
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_FAILED);
  EXPECT_EQ(Result(10).status_code(), "5.6.3");
}

TEST_F(SiteRunTest, TooLargeForTheNextHop) {
  ServerScript script;
  script.extensions = {"SIZE 99"};
  auto& server = Serve(script);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_FAILED);
  EXPECT_EQ(Result(10).status_code(), "5.3.4");
  EXPECT_THAT(server.commands(), Not(Contains(HasSubstr("MAIL"))));
}

// RFC 9422: RCPTMAX, MAILMAX.
TEST_F(SiteRunTest, AsManyAsTheServerTakes) {
  ServerScript script;
  script.extensions = {"PIPELINING", "LIMITS RCPTMAX=2 MAILMAX=2"};
  auto& server = Serve(script);
  v1::Work work = OneRecipient();
  for (int i = 1; i < 5; ++i) {
    AddRecipient(work, 1, "bob" + std::to_string(i) + "@example.net");
  }
  Run(work);
  std::vector<size_t> commands;
  for (const auto& message : server.messages()) {
    commands.push_back(message.envelope.size());
  }
  EXPECT_THAT(commands, ElementsAre(3, 3, 2));
  EXPECT_EQ(testing::Value(server.commands(), Contains("<connected>").Times(2)), true);
  EXPECT_EQ(source_.Results().size(), 5u);
  EXPECT_EQ(Result(14).outcome(), Attempt::OUTCOME_DELIVERED);
}

// RFC 9422: RCPTDOMAINMAX, of a session.
TEST_F(SiteRunTest, AsManyDomainsAsTheServerTakes) {
  ServerScript script;
  script.extensions = {"LIMITS RCPTDOMAINMAX=2"};
  auto& server = Serve(script);
  v1::Work work = EmptyWork();
  AddMessage(work, 1);
  for (const std::string domain : {"one.example", "ONE.example", "two.example", "three.example"}) {
    AddRecipient(work, 1, "bob@" + domain);
  }
  AddMessage(work, 2);
  AddRecipient(work, 2, "bob@three.example");
  v1::Route& route = *work.mutable_route();
  route.set_host("[127.0.0.1]");
  route.set_port(static_cast<uint32_t>(server.port()));
  Run(work);
  std::vector<size_t> commands;
  for (const auto& message : server.messages()) {
    commands.push_back(message.envelope.size());
  }
  EXPECT_THAT(commands, ElementsAre(4, 2, 2));
  EXPECT_EQ(testing::Value(server.commands(), Contains("<connected>").Times(2)), true);
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DELIVERED);
}

TEST_F(SiteRunTest, LmtpAnswersForEachRecipient) {
  ServerScript script;
  script.ends = {"250 2.1.5 ok\r\n452 4.2.2 full"};
  auto& server = Serve(script);
  v1::Work work = OneRecipient();
  AddRecipient(work, 1, "full@example.net");
  v1::Route& route = *work.mutable_route();
  route.set_host("[127.0.0.1]");
  route.set_port(static_cast<uint32_t>(server.port()));
  route.set_lmtp(true);
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(Result(11).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(11).status_code(), "4.2.2");
  EXPECT_THAT(server.commands(), Contains("LHLO relay.example.org"));
}

TEST_F(SiteRunTest, ADrainGivesBackWhatIsNotBegun) {
  Serve();
  drain_when_claimed_ = true;
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_UNTRIED);
  EXPECT_EQ(source_.finished[0].more_recipients(), 0u);
}

TEST_F(SiteRunTest, ResultsAreWrittenWhenTheStoreIsBack) {
  Serve();
  worker_options_.retry_after = std::chrono::milliseconds(1);
  source_.finish_failures = {absl::UnavailableError("away"), absl::UnavailableError("away")};
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
}

}  // namespace
}  // namespace posthorn::relay
