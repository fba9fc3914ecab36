// What replicas remember together of clients, and of the TLS of those they send to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/db/connection.h"
#include "mailstore/outbound/tls_policies.h"
#include "posthorn/v1/policy.grpc.pb.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing::ElementsAre;
using testing_support::PrivatePostgres;
using Stub = v1::Policy::Stub;

class StorePolicyTest : public testing::Test {
 protected:
  StorePolicyTest()
      : url_(PrivatePostgres::Shared().NewDatabase()),
        replica_(url_),
        connection_({.url = url_}),
        policy_(v1::Policy::NewStub(replica_.channel())) {}

  template <typename Request, typename Response>
  static absl::StatusOr<Response> Call(Stub& stub,
                                       grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                    const Request&, Response*),
                                       const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    Response response;
    const absl::Status status = rpc::FromGrpc((stub.*method)(&context, request, &response));
    return status.ok() ? absl::StatusOr<Response>(std::move(response)) : status;
  }
  v1::CheckGreylistResponse Check(const std::string& recipient,
                                  const std::string& network = "192.0.2.0/24") {
    v1::CheckGreylistRequest request;
    request.set_client_network(network);
    request.set_reverse_path("Alice@example.net");
    request.set_forward_path(recipient);
    request.set_delay_seconds(300);
    const auto response = Call(*policy_, &Stub::CheckGreylist, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(v1::CheckGreylistResponse());
  }
  // All that was seen was seen so much earlier.
  void Pass(int64_t seconds) {
    Execute(absl::StrCat("UPDATE greylist SET first_seen = first_seen - ", seconds,
                         ", last_seen = last_seen - ", seconds));
  }
  void Execute(const std::string& sql) { connection_.ExecText("test.execute", sql); }
  std::string Value(const std::string& select) {
    return connection_.ExecText("test.value", select)[0][0].c_str();
  }

  std::string url_;
  Replica replica_;
  store::Connection connection_;
  std::unique_ptr<Stub> policy_;
};

TEST_F(StorePolicyTest, ATripletPassesWhenItComesAgain) {
  const auto first = Check("bob@example.org");
  EXPECT_FALSE(first.pass());
  EXPECT_EQ(first.wait_seconds(), 300u);
  Pass(200);
  const auto early = Check("BOB@example.org");
  EXPECT_FALSE(early.pass());
  EXPECT_LE(early.wait_seconds(), 100u);
  EXPECT_GT(early.wait_seconds(), 10u);
  EXPECT_FALSE(Check("carol@example.org").pass());
  Pass(100);
  EXPECT_TRUE(Check("bob@example.org").pass());
  EXPECT_FALSE(Check("bob@example.org", "198.51.100.0/24").pass());
  Pass(36 * 86'400 - 60);
  EXPECT_TRUE(Check("bob@example.org").pass());  // and for as long again
  Pass(36 * 86'400 - 60);
  EXPECT_TRUE(Check("bob@example.org").pass());
  Pass(36 * 86'400 + 60);
  EXPECT_FALSE(Check("bob@example.org").pass());
}

TEST_F(StorePolicyTest, ATripletThatComesTooLateBeginsAnew) {
  Check("bob@example.org");
  Pass(300 + 4 * 3'600 + 60);
  const auto late = Check("bob@example.org");
  EXPECT_FALSE(late.pass());
  EXPECT_EQ(late.wait_seconds(), 300u);
  Pass(300);
  EXPECT_TRUE(Check("bob@example.org").pass());
}

TEST_F(StorePolicyTest, ANetworkThatPassedFiveTimesIsTrusted) {
  Check("bob@example.org");
  Pass(300);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(Check("bob@example.org").pass());
  }
  EXPECT_FALSE(Check("new1@example.org").pass());
  EXPECT_TRUE(Check("bob@example.org").pass());
  EXPECT_TRUE(Check("new2@example.org").pass());
  EXPECT_FALSE(Check("new2@example.org", "198.51.100.0/24").pass());
  Pass(30 * 86'400);
  EXPECT_TRUE(Check("new3@example.org").pass());  // seen again
  Pass(30 * 86'400);
  EXPECT_TRUE(Check("new4@example.org").pass());
  Pass(37 * 86'400);
  EXPECT_FALSE(Check("new5@example.org").pass());
}

TEST_F(StorePolicyTest, NamesNobodyInTheTable) {
  Check("bob@example.org");
  EXPECT_EQ(Value("SELECT count(*) FROM greylist WHERE octet_length(key) = 32"), "1");
  v1::CheckGreylistRequest request;
  request.set_delay_seconds(300);
  EXPECT_EQ(Call(*policy_, &Stub::CheckGreylist, request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.set_client_network("192.0.2.0/24");
  request.set_delay_seconds(3'601);
  EXPECT_EQ(Call(*policy_, &Stub::CheckGreylist, request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

v1::CountEventsRequest Events(
    const std::vector<std::tuple<std::string, uint32_t, uint32_t>>& events) {
  v1::CountEventsRequest request;
  for (const auto& [key, count, limit] : events) {
    v1::EventCount* event = request.add_events();
    event->set_key(key);
    event->set_count(count);
    event->set_limit(limit);
    event->set_period_seconds(86'400);
  }
  return request;
}

TEST_F(StorePolicyTest, CountsOverAllReplicas) {
  Replica other(url_);
  const auto other_policy = v1::Policy::NewStub(other.channel());
  const auto count = [](Stub& stub, const v1::CountEventsRequest& request) {
    const auto response = Call(stub, &Stub::CountEvents, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return std::vector<bool>(response->over().begin(), response->over().end());
  };
  EXPECT_THAT(count(*policy_, Events({{"a", 3, 5}, {"b", 1, 0}, {"c", 9, 8}})),
              ElementsAre(false, false, true));
  EXPECT_THAT(count(*other_policy, Events({{"c", 0, 8}, {"a", 2, 5}})), ElementsAre(true, false));
  EXPECT_THAT(count(*other_policy, Events({{"a", 1, 5}})), ElementsAre(true));
  EXPECT_EQ(Value("SELECT n IN (5, 6) FROM event_count WHERE key = 'a'"), "t");
  // Of a day that is over nothing counts.
  Execute("UPDATE event_count SET started_at = started_at - 86400");
  Replica third(url_);
  const auto third_policy = v1::Policy::NewStub(third.channel());
  EXPECT_THAT(count(*third_policy, Events({{"a", 1, 1}})), ElementsAre(false));
  EXPECT_EQ(Value("SELECT n FROM event_count WHERE key = 'a'"), "1");
}

TEST_F(StorePolicyTest, RefusesWhatIsNoEvent) {
  const auto refused = [this](const v1::CountEventsRequest& request) {
    return Call(*policy_, &Stub::CountEvents, request).status().code() ==
           absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused(Events({{"", 1, 1}})));
  EXPECT_TRUE(refused(Events({{std::string(401, 'a'), 1, 1}})));
  EXPECT_TRUE(refused(Events({{std::string("a\0b", 3), 1, 1}})));
  v1::CountEventsRequest request = Events({{"a", 1, 1}});
  request.mutable_events(0)->set_period_seconds(61);
  EXPECT_TRUE(refused(request));
  EXPECT_TRUE(refused(Events(
      std::vector<std::tuple<std::string, uint32_t, uint32_t>>(101, {std::string("a"), 1u, 1u}))));
}

class StoreTlsPolicyTest : public StorePolicyTest {
 protected:
  static absl::Status Run(boost::asio::awaitable<absl::Status> call) {
    boost::asio::io_context io;
    absl::Status result;
    boost::asio::co_spawn(io, std::move(call),
                          [&result](const std::exception_ptr& error, const absl::Status& status) {
                            result = error ? absl::InternalError("thrown") : status;
                          });
    io.run();
    return result;
  }
  store::Pool& database() { return replica_.store().reads(); }
};

TEST_F(StoreTlsPolicyTest, APolicyIsKnownUntilItIsOver) {
  v1::PutStsPolicyRequest put;
  put.set_domain("Example.org");
  put.mutable_policy()->set_id("1");
  put.mutable_policy()->set_text("version: STSv1\n");
  put.mutable_policy()->set_max_age_seconds(1'000);
  ASSERT_TRUE(Run(store::PutStsPolicy(database(), put)).ok());
  put.mutable_policy()->set_id("2");
  ASSERT_TRUE(Run(store::PutStsPolicy(database(), put)).ok());
  v1::GetStsPolicyRequest get;
  get.set_domain("example.ORG");
  v1::GetStsPolicyResponse response;
  ASSERT_TRUE(Run(store::GetStsPolicy(database(), get, response)).ok());
  EXPECT_EQ(response.policy().id(), "2");
  EXPECT_EQ(response.policy().text(), "version: STSv1\n");
  EXPECT_LE(response.policy().max_age_seconds(), 1'000u);
  EXPECT_GT(response.policy().max_age_seconds(), 900u);
  Execute("UPDATE sts_policy SET fetched_at = fetched_at - 1001");
  EXPECT_EQ(rpc::ReasonOf(Run(store::GetStsPolicy(database(), get, response))),
            v1::ErrorDetail::REASON_NOT_FOUND);
  put.mutable_policy()->set_text(std::string(65'537, 'a'));
  EXPECT_EQ(Run(store::PutStsPolicy(database(), put)).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StoreTlsPolicyTest, SessionsAddUpByDay) {
  v1::CountTlsSessionsRequest request;
  for (int i = 0; i < 3; ++i) {
    v1::TlsSessions* sessions = request.add_sessions();
    sessions->set_domain("example.org");
    sessions->set_policy_type("sts");
    sessions->set_mx_host(i == 2 ? "mx2" : "mx1");
    sessions->set_successful(2);
    sessions->set_failed(1);
  }
  ASSERT_TRUE(Run(store::CountTlsSessions(database(), request)).ok());
  ASSERT_TRUE(Run(store::CountTlsSessions(database(), request)).ok());
  EXPECT_EQ(Value("SELECT count(*) FROM tls_session_count WHERE octet_length(key) = 32"), "2");
  EXPECT_EQ(Value("SELECT successful || ' ' || failed FROM tls_session_count WHERE mx_host = 'mx1' "
                  "AND day = floor(extract(epoch FROM now()) / 86400)"),
            "8 4");
  EXPECT_EQ(Value("SELECT successful FROM tls_session_count WHERE mx_host = 'mx2'"), "4");
  request.mutable_sessions(0)->clear_domain();
  EXPECT_EQ(Run(store::CountTlsSessions(database(), request)).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthorn::component
