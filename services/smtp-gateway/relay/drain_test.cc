// A drain in the middle of the work: what was not sent to its end is given back at once, what was
// is awaited.
#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "smtp-gateway/testing/relay_fixture.h"

namespace posthorn::relay {
namespace {

using testing::Contains;
using testing_support::ServerScript;
using Attempt = v1::AttemptResult;

class DrainTest : public RelayFixture {
 protected:
  // A drain begins when the server hears a line that begins so.
  void DrainAt(ServerScript& script, const std::string& beginning) {
    script.heard = [this, beginning](const std::string& line) {
      if (absl::StartsWith(line, beginning)) {
        Drain();
      }
    };
  }
};

// The server falls silent there for good, and each wait for it would last minutes.
TEST_F(DrainTest, EndsWhatIsNotSentToItsEnd) {
  for (const std::string step : {"<connected>", "EHLO", "MAIL", "RCPT", "DATA"}) {
    for (const bool pipelining : {true, false}) {
      source_.finished.clear();
      draining_ = false;
      ServerScript script;
      (step == "<connected>" ? script.greeting : script.replies[step]) = "<silence>";
      if (!pipelining) {
        script.extensions = {};
      }
      DrainAt(script, step);
      auto& server = Serve(script);
      v1::Work work = OneRecipient();
      AddMessage(work, 2);
      AddRecipient(work, 2, "carol@example.net");
      Run(work);
      EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_UNTRIED) << step;
      EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_UNTRIED) << step;
      EXPECT_TRUE(server.messages().empty()) << step;
      ASSERT_EQ(source_.finished.size(), 1u) << step;
      EXPECT_EQ(source_.finished[0].more_recipients(), 0u) << step;
      EXPECT_NE(source_.finished[0].site(), v1::FinishWorkRequest::SITE_DEAD) << step;
    }
  }
}

TEST_F(DrainTest, DoesNotWaitForTheDns) {
  Serve();
  resolver_.silent = {"example.net"};
  source_.on_renew = [this] { drain_(); };
  worker_options_.renew_every = std::chrono::milliseconds(1);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_UNTRIED);
}

TEST_F(DrainTest, KeepsTheDotFromBeingSent) {
  auto& server = Serve();
  // While the permission for the dot is on its way.
  source_.on_note = [this] { drain_(); };
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_UNTRIED);
  EXPECT_TRUE(server.messages().empty());
}

TEST_F(DrainTest, AwaitsTheAnswerToTheDot) {
  for (const bool chunking : {true, false}) {
    source_.finished.clear();
    draining_ = false;
    ServerScript script;
    if (chunking) {
      script.extensions = {"CHUNKING"};
    }
    DrainAt(script, "<end>");
    auto& server = Serve(script);
    v1::Work work = OneRecipient();
    AddMessage(work, 2);
    AddRecipient(work, 2, "carol@example.net");
    Run(work);
    EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
    EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_UNTRIED);
    EXPECT_EQ(server.messages().size(), 1u);
    EXPECT_THAT(server.commands(), Contains("QUIT"));
  }
}

// A refusal of a recipient that had come before is a result.
TEST_F(DrainTest, KeepsWhatWasSaid) {
  ServerScript script;
  script.extensions = {};
  script.replies["RCPT TO:<no@"] = "550 5.1.1 no such user";
  script.replies["DATA"] = "<silence>";
  DrainAt(script, "DATA");
  Serve(script);
  v1::Work work = OneRecipient();
  AddRecipient(work, 1, "no@example.net");
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_UNTRIED);
  EXPECT_EQ(Result(11).outcome(), Attempt::OUTCOME_FAILED);
}

}  // namespace
}  // namespace posthorn::relay
