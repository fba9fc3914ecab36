// Sessions that are kept for the next run over the same site.
#include "smtp-gateway/relay/idle_sessions.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "smtp-gateway/testing/relay_fixture.h"

namespace posthorn::relay {
namespace {

using testing::Contains;
using testing::Not;
using testing_support::ServerScript;
using Attempt = v1::AttemptResult;

class IdleSessionTest : public RelayFixture {
 protected:
  v1::Work WorkOf(uint64_t id, const std::string& domain = "example.net") {
    v1::Work work = EmptyWork(id);
    work.mutable_slot()->set_site(domain);
    AddMessage(work, id);
    AddRecipient(work, id, "bob@" + domain);
    return work;
  }
  static int Connections(testing_support::ScriptedServer& server) {
    const auto commands = server.commands();
    return static_cast<int>(std::count(commands.begin(), commands.end(), "<connected>"));
  }
  void ExpectDelivered() {
    for (const uint64_t recipient : {10, 20, 30}) {
      EXPECT_EQ(Result(recipient).outcome(), Attempt::OUTCOME_DELIVERED) << recipient;
    }
  }
};

TEST_F(IdleSessionTest, ServesTheNextRun) {
  auto& server = Serve();
  Run({WorkOf(1), WorkOf(2), WorkOf(3)});
  ExpectDelivered();
  EXPECT_EQ(Connections(server), 1);
  EXPECT_THAT(server.commands(), Not(Contains("RSET")));
  EXPECT_EQ(Result(30).remote_mta(), "mx.example.net");
}

TEST_F(IdleSessionTest, NoneIsKeptForNoTime) {
  auto& server = Serve();
  idle_options_.time = std::chrono::milliseconds(0);
  Run({WorkOf(1), WorkOf(2), WorkOf(3)});
  ExpectDelivered();
  EXPECT_EQ(Connections(server), 3);
}

TEST_F(IdleSessionTest, ThatTheServerClosedIsNoFailure) {
  for (const std::string end : {"<close>", "421 4.4.2 idle for too long"}) {
    source_.finished.clear();
    ServerScript script;
    script.replies["MAIL FROM:<second@"] = end;
    auto& server = Serve(script);
    v1::Work second = WorkOf(2);
    second.mutable_recipients(0)->set_reverse_path("second@example.org");
    v1::Work third = WorkOf(3);
    third.mutable_recipients(0)->set_reverse_path("third@example.org");
    Run({WorkOf(1), second, third});
    EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DEFERRED) << end;  // at both connections
    EXPECT_EQ(Result(30).outcome(), Attempt::OUTCOME_DELIVERED) << end;
    EXPECT_GE(Connections(server), 2) << end;
  }
  source_.finished.clear();
  ServerScript script;
  script.messages_per_connection = 1;
  auto& server = Serve(script);
  Run({WorkOf(1), WorkOf(2), WorkOf(3)});
  ExpectDelivered();
  EXPECT_EQ(Connections(server), 3);
}

TEST_F(IdleSessionTest, CountsItsMessages) {
  auto& server = Serve();
  worker_options_.messages_per_connection = 2;
  Run({WorkOf(1), WorkOf(2), WorkOf(3)});
  ExpectDelivered();
  EXPECT_EQ(Connections(server), 2);
}

// The server has one connection at a time: the second site's would never be greeted.
TEST_F(IdleSessionTest, GivesWay) {
  auto& server = Serve();
  idle_options_.connections = 1;
  resolver_.AddMx("example.com", 10, "mx.example.net");
  Run({WorkOf(1), WorkOf(2, "example.com"), WorkOf(3)});
  ExpectDelivered();
  EXPECT_EQ(Connections(server), 3);
  EXPECT_THAT(server.commands(), Contains("QUIT"));
}

TEST_F(IdleSessionTest, IsNotThatOfAnotherRoute) {
  auto& server = Serve();
  idle_options_.connections = 1;
  v1::Work second = WorkOf(2);
  v1::Route& route = *second.mutable_route();
  route.set_host("mx.example.net");
  route.set_port(static_cast<uint32_t>(server.port()));
  Run({WorkOf(1), second, WorkOf(3)});
  ExpectDelivered();
  EXPECT_EQ(Connections(server), 3);
}

TEST_F(IdleSessionTest, EndsAfterItsTime) {
  ServerScript script;
  script.heard = [this](const std::string& line) {
    if (line == "QUIT") {
      Drain();
    }
  };
  auto& server = Serve(script);
  idle_options_.time = std::chrono::milliseconds(1);
  worker_options_.retry_after = std::chrono::milliseconds(1);
  claim_until_drained_ = true;
  Run(WorkOf(1));
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_THAT(server.commands(), Contains("QUIT"));
}

}  // namespace
}  // namespace posthorn::relay
