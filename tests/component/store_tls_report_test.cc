// Reports of TLS sessions (RFC 8460): what is counted, and who gets a report of it, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mail/dkim_key.h"
#include "mail/tls_report.h"
#include "mailstore/outbound/tls_report_rows.h"
#include "outbound_fixture.h"

namespace posthorn::component {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class StoreTlsReportTest : public OutboundTest {
 protected:
  void PrepareWithKey(store::QueueOptions options = {}) {
    Prepare(options);
    const auto key = mail::GenerateDkimKey(mail::DkimAlgorithm::kEd25519Sha256);
    ASSERT_TRUE(key.ok()) << key.status();
    Sql(absl::StrCat("INSERT INTO dkim_key VALUES ('example.org', 'sel', 2, 2, '", *key,
                     "', 1, 1)"));
  }

  static absl::Status Count(Replica& replica, const std::string& domain,
                            const std::vector<std::string>& receivers,
                            const std::string& failure = "") {
    v1::CountTlsSessionsRequest request;
    v1::TlsSessions& sessions = *request.add_sessions();
    sessions.set_domain(domain);
    sessions.set_policy_type("sts");
    sessions.set_policy("version: STSv1\nmx: mx." + domain);
    sessions.set_failure_type(failure);
    (failure.empty() ? sessions.set_successful(3) : sessions.set_failed(2));
    v1::TlsReportReceiver& receiver = *request.add_receivers();
    receiver.set_domain(domain);
    receiver.mutable_addresses()->Add(receivers.begin(), receivers.end());
    grpc::ClientContext context;
    v1::CountTlsSessionsResponse response;
    return rpc::FromGrpc(
        v1::Outbound::NewStub(replica.channel())->CountTlsSessions(&context, request, &response));
  }
  static absl::StatusOr<uint64_t> SendReports(Replica& replica, bool today) {
    v1::SendTlsReportsRequest request;
    request.set_today(today);
    grpc::ClientContext context;
    v1::SendTlsReportsResponse response;
    const absl::Status status = rpc::FromGrpc(
        v1::QueueAdmin::NewStub(replica.channel())->SendTlsReports(&context, request, &response));
    return status.ok() ? absl::StatusOr<uint64_t>(response.reports()) : status;
  }
};

TEST_F(StoreTlsReportTest, ADomainGetsWhatWasCounted) {
  PrepareWithKey();
  ASSERT_TRUE(Count(*replica_, "far.example", {"tls@far.example", "alice@example.org"}).ok());
  ASSERT_TRUE(Count(*replica_, "far.example", {"tls@far.example", "alice@example.org"},
                    "certificate-expired")
                  .ok());
  EXPECT_EQ(*SendReports(*replica_, false), 0u);  // the day is not over
  EXPECT_EQ(*SendReports(*replica_, true), 1u);
  EXPECT_EQ(*SendReports(*replica_, true), 0u);
  Worker worker(*replica_);
  const v1::Work work = worker.Claim();
  ASSERT_EQ(work.recipients_size(), 1);
  EXPECT_EQ(work.recipients(0).forward_path(), "tls@far.example");
  EXPECT_EQ(work.recipients(0).reverse_path(), "postmaster@example.org");
  EXPECT_EQ(work.recipients(0).notify(), uint32_t{v1::NOTIFY_NEVER});
  EXPECT_TRUE(work.messages(0).envelope().any_tls());
  const std::string octets = *worker.Fetch(work.messages(0).message_id());
  EXPECT_TRUE(absl::StartsWith(octets, "DKIM-Signature:")) << octets;
  EXPECT_TRUE(absl::StrContains(octets, "d=example.org;")) << octets;
  EXPECT_TRUE(absl::StrContains(octets, "\r\nTLS-Report-Domain: far.example\r\n"));
  EXPECT_TRUE(absl::StrContains(octets, "report-type=\"tlsrpt\""));
  // Who is here finds it in the mailbox.
  ASSERT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 1u);
  EXPECT_TRUE(absl::StrContains(*replica_->Body(1, 1, 1), "TLS-Report-Domain: far.example"));
  EXPECT_EQ(Number("SELECT count(*) FROM tls_session_count"), 0);
  // What comes after it is in the next one.
  ASSERT_TRUE(Count(*replica_, "far.example", {"tls@far.example"}).ok());
  EXPECT_EQ(*SendReports(*replica_, true), 1u);
}

TEST_F(StoreTlsReportTest, AReportIsPostedWhereTheDomainSaysSo) {
  PrepareWithKey();
  // No route is for it.
  Sql("INSERT INTO queue_route (recipient_domain, sender_domain, name, route) VALUES "
      "('*', '', 'all', '')");
  ASSERT_TRUE(Count(*replica_, "far.example", {"https://far.example/tls?v=1"}).ok());
  EXPECT_EQ(*SendReports(*replica_, true), 1u);
  Worker worker(*replica_);
  const v1::Work work = worker.Claim();
  EXPECT_EQ(work.slot().site(), "https://far.example/tls?v=1");
  ASSERT_EQ(work.recipients_size(), 1);
  EXPECT_EQ(work.recipients(0).forward_path(), "https://far.example/tls?v=1");
  const std::string octets = *worker.Fetch(work.messages(0).message_id());
  EXPECT_TRUE(absl::StrContains(octets, "\r\nTo: undisclosed-recipients:;\r\n")) << octets;
  EXPECT_TRUE(mail::TlsReportFile(octets).has_value());
  worker.Finish(work, v1::AttemptResult::OUTCOME_DELIVERED);
  EXPECT_EQ(InQueue(), 0);
}

TEST_F(StoreTlsReportTest, ThereIsOneReportWhoeverMakesIt) {
  PrepareWithKey();
  constexpr int kDomains = 60;
  for (int i = 0; i < kDomains; ++i) {
    const std::string domain = absl::StrCat("d", i, ".example");
    ASSERT_TRUE(Count(*replica_, domain, {"tls@" + domain}).ok());
  }
  // The night is over.
  Sql("UPDATE tls_session_count SET day = day - 1");
  Replica other(url_, {.queue = {.hostname = "mx.example.org"}});
  std::atomic<uint64_t> sent = 0;
  std::vector<std::thread> threads;
  for (Replica* const replica : {replica_.get(), &other, replica_.get(), &other}) {
    threads.emplace_back([replica, &sent] {
      const auto reports = SendReports(*replica, false);
      EXPECT_TRUE(reports.ok()) << reports.status();
      sent += reports.value_or(0);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  // One that another replica was at is left to it.
  EXPECT_EQ(sent, uint64_t{kDomains});
  EXPECT_EQ(InQueue(), kDomains);
  EXPECT_EQ(Number("SELECT count(DISTINCT forward_path) FROM queue_recipient"), kDomains);
  EXPECT_EQ(Number("SELECT count(*) FROM tls_session_count"), 0);
}

TEST_F(StoreTlsReportTest, ReportsAreSpreadOverTheMorning) {
  Prepare();
  const auto due = [this](store::TlsReportScope scope) {
    std::vector<std::string> domains;
    for (const auto& report : store::FindDueTlsReports(*connection_, scope, {}, 100)) {
      EXPECT_THAT(report.addresses, ElementsAre("tls@far.example", "b@else.example"));
      domains.push_back(report.domain);
    }
    return domains;
  };
  using Scope = store::TlsReportScope;
  ASSERT_TRUE(Count(*replica_, "far.example", {"tls@far.example", "b@else.example"}).ok());
  EXPECT_THAT(due(Scope::kSpread), IsEmpty());
  EXPECT_THAT(due(Scope::kOver), IsEmpty());
  EXPECT_THAT(due(Scope::kToday), ElementsAre("far.example"));
  Sql("UPDATE tls_session_count SET day = day - 1");
  EXPECT_THAT(due(Scope::kOver), ElementsAre("far.example"));
  Sql("UPDATE tls_session_count SET day = day - 1");
  EXPECT_THAT(due(Scope::kSpread), ElementsAre("far.example"));
  // Whoever wants no reports any more gets none.
  Sql("DELETE FROM tls_report_receiver");
  EXPECT_THAT(due(Scope::kToday), IsEmpty());
}

TEST_F(StoreTlsReportTest, WithoutASignatureThereIsNone) {
  Prepare();
  ASSERT_TRUE(Count(*replica_, "far.example", {"tls@far.example"}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(SendReports(*replica_, true).status()));
  EXPECT_EQ(Number("SELECT count(*) FROM tls_session_count"), 1);
}

TEST_F(StoreTlsReportTest, TheyCanBeSwitchedOff) {
  PrepareWithKey({.tls_reports = false});
  ASSERT_TRUE(Count(*replica_, "far.example", {"tls@far.example"}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(SendReports(*replica_, true).status()));
  EXPECT_EQ(InQueue(), 0);
}

TEST_F(StoreTlsReportTest, ReceiversAreAddresses) {
  Prepare();
  const std::vector<std::string> six(6, "tls@far.example");
  EXPECT_TRUE(absl::IsInvalidArgument(Count(*replica_, "far.example", six)));
  for (const char* address :
       {"", "tls far@far.example", "tls@far.example\r\nBcc: x", "http://far.example/",
        "https://far.example/a b", "https://far.example/\r\nHost: x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Count(*replica_, "far.example", {address}))) << address;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Count(*replica_, "far..example", {"tls@far.example"})));
}

}  // namespace
}  // namespace posthorn::component
