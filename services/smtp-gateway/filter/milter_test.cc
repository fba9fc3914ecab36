// Dialogues with a milter that a test plays.
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "smtp-gateway/filter/milter_dialogue.h"
#include "smtp-gateway/testing/scripted_milter.h"

namespace posthorn::filter {
namespace {

namespace asio = boost::asio;

using std::string_literals::operator""s;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::PeerSocket;
using testing_support::ScriptedPeer;

using Script = testing_support::MilterScript;
using testing_support::ScriptedMilter;

std::string Packet(char command, const std::string& data = "") {
  return testing_support::MilterPacket(command, data);
}
std::string Number(uint32_t number) { return testing_support::MilterNumber(number); }

class MilterTest : public testing::Test {
 protected:
  MilterTest() : space_(testing::TempDir(), 10 << 20), message_(space_) {
    message_.header = "Subject: x\r\nTo: a,\r\n b\r\n\r\n";
    EXPECT_TRUE(message_.body.Append("Text\r\n").ok());
    client_.address = "192.0.2.7";
    client_.helo = "client.example";
    client_.hostname = "mx.example.org";
    client_.session_id = "s1";
    envelope_ = {"bob@example.net", {"alice@example.org", "carol@example.org"}};
  }

  absl::StatusOr<Verdict> Ask(const Script& script) {
    const ScriptedMilter milter(script, said_);
    const MilterAddress address{"127.0.0.1", milter.port()};
    MilterOptions options;
    options.reply_timeout = std::chrono::seconds(10);
    asio::io_context context;
    absl::StatusOr<Verdict> verdict = absl::UnknownError("not run");
    const auto run = [&]() -> asio::awaitable<void> {
      milter::Dialogue dialogue(address, options);
      verdict = co_await TellAll(dialogue);
      co_await dialogue.Quit();
    };
    asio::co_spawn(context, run(), asio::detached);
    context.run();
    return verdict;
  }
  // Up to the first decision.
  asio::awaitable<absl::StatusOr<Verdict>> TellAll(milter::Dialogue& dialogue) {
    milter::Dialogue::Step step = co_await dialogue.Connect(client_);
    if (Undecided(step)) {
      step = co_await dialogue.Helo(client_);
    }
    if (Undecided(step)) {
      step = co_await dialogue.Mail(client_, {envelope_.reverse_path, {"SIZE=9"}});
    }
    for (const std::string& recipient : envelope_.recipients) {
      if (Undecided(step)) {
        step = co_await dialogue.Recipient(client_, {recipient, {}});
      }
    }
    if (Undecided(step)) {
      step = co_await dialogue.Data(client_);
    }
    if (Undecided(step)) {
      co_return co_await dialogue.Message(client_, envelope_, message_);
    }
    if (!step.ok()) {
      co_return step.status();
    }
    co_return **step;
  }
  static bool Undecided(const milter::Dialogue::Step& step) {
    return step.ok() && !step->has_value();
  }
  std::string Body() { return *message_.body.Read(0, 1 << 20); }

  SpoolSpace space_;
  HeldMessage message_;
  Client client_;
  Envelope envelope_;
  std::vector<std::string> said_;  // commands with their data
};

TEST_F(MilterTest, TellsTheWholeMessageInOrder) {
  Script script;
  const auto verdict = Ask(script);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->action, Action::kDeliver);
  EXPECT_EQ(said_[1].substr(0, 20), "DCj\0mx.example.org\0{"s);
  EXPECT_THAT(said_[1], HasSubstr("{client_addr}\0"
                                  "192.0.2.7\0"s));
  said_.erase(std::remove_if(said_.begin(), said_.end(),
                             [](const std::string& packet) { return packet[0] == 'D'; }),
              said_.end());
  EXPECT_THAT(said_, ElementsAre("O\0\0\0\6\0\0\0\xff\0\x1f\xf7\xff"s,
                                 "C[192.0.2.7]\0"
                                 "4\0\0"
                                 "192.0.2.7\0"s,
                                 "Hclient.example\0"s, "M<bob@example.net>\0SIZE=9\0"s,
                                 "R<alice@example.org>\0"s, "R<carol@example.org>\0"s, "T",
                                 "LSubject\0x\0"s, "LTo\0a,\n b\0"s, "N", "BText\r\n", "E", "Q"));
}

TEST_F(MilterTest, SparesIt) {
  Script script;
  script.steps = milter::kNoConnect | milter::kNoHelo | milter::kNoMail | milter::kNoRecipients |
                 milter::kNoData | milter::kNoEndOfHeader | milter::kNoReplyToHeader |
                 milter::kNoReplyToBody | milter::kLeadingSpace;
  ASSERT_TRUE(Ask(script).ok());
  EXPECT_THAT(said_, ElementsAre(testing::_, "LSubject\0 x\0"s, "LTo\0 a,\n b\0"s, "BText\r\n",
                                 "DEi\0s1\0"s, "E", "Q"));
}

TEST_F(MilterTest, BodiesComeInChunksUntilItHasEnough) {
  ASSERT_TRUE(message_.body.Append(std::string(200'000, 'x')).ok());
  const auto chunks = [this] {
    return std::count_if(said_.begin(), said_.end(),
                         [](const std::string& packet) { return packet[0] == 'B'; });
  };
  Script script;
  script.steps = milter::kSkip;
  ASSERT_TRUE(Ask(script).ok());
  EXPECT_EQ(chunks(), 4);
  said_.clear();
  script.answers['B'] = Packet('s');
  ASSERT_TRUE(Ask(script).ok());
  EXPECT_EQ(chunks(), 1);
  EXPECT_EQ(said_.back(), "Q");
}

TEST_F(MilterTest, DecidesAnywhere) {
  for (const char command : {'C', 'H', 'M', 'R', 'T', 'L', 'N', 'B'}) {
    Script script;
    script.answers[command] = Packet('r');
    EXPECT_EQ(Ask(script)->code, 550) << command;
    script.answers[command] = Packet('t');
    EXPECT_EQ(Ask(script)->code, 451) << command;
    script.answers[command] = Packet('d');
    EXPECT_EQ(Ask(script)->action, Action::kDiscard) << command;
    script.answers[command] = Packet('a');
    EXPECT_EQ(Ask(script)->action, Action::kDeliver) << command;
    script.answers[command] = Packet('y', "554 5.7.9 Of all things\0"s);
    const auto verdict = Ask(script);
    EXPECT_EQ(verdict->code, 554);
    EXPECT_EQ(verdict->status, "5.7.9");
    EXPECT_EQ(verdict->text, "Of all things");
  }
}

TEST_F(MilterTest, ChangesTheMessage) {
  Script script;
  script.end =
      Packet('h', "X-Last\0l\0"s) + Packet('p') + Packet('i', Number(0) + "X-First\0f;\n\tg\0"s) +
      Packet('m', Number(1) + "Subject\0y\0"s) + Packet('m', Number(1) + "To\0\0"s) +
      Packet('b', "New ") + Packet('b', "body\r\n") + Packet('+', "<dave@example.org>\0"s) +
      Packet('-', "<alice@example.org>\0"s) + Packet('e', "<srs@example.org>\0"s) + Packet('c');
  const auto verdict = Ask(script);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->action, Action::kDeliver);
  EXPECT_EQ(message_.header, "X-First: f;\r\n\tg\r\nSubject: y\r\nX-Last: l\r\n\r\n");
  EXPECT_EQ(Body(), "New body\r\n");
  EXPECT_EQ(envelope_.reverse_path, "srs@example.org");
  EXPECT_THAT(envelope_.recipients, ElementsAre("carol@example.org", "dave@example.org"));
}

TEST_F(MilterTest, QuarantinedMailIsJunk) {
  Script script;
  script.end = Packet('q', "virus\0"s) + Packet('a');
  const auto verdict = Ask(script);
  EXPECT_EQ(verdict->action, Action::kJunk);
  EXPECT_TRUE(verdict->suspicious);
}

// A milter that breaks off or breaks the rules has changed nothing.
TEST_F(MilterTest, AFailureLeavesTheMessage) {
  const std::string header = message_.header;
  const std::string changes = Packet('h', "X-A\0a\0"s) + Packet('b', "half of a bo");
  Script dropped;
  dropped.end = changes;
  dropped.closes_at_end = true;
  std::vector<Script> scripts = {dropped};
  for (const std::string& bad :
       {Packet('h', "X-A\0a\r\nBcc: b\0"s), Packet('h', "X A\0a\0"s), Packet('b', "a\nb\r\n"),
        Packet('b', "ends with\r"), Packet('b', "a\r\n.\r\n\rb"), Packet('z'), Packet('s'),
        "\xff\xff\xff\xff"s, "\0\0\0\0"s, Packet('O', std::string(12, '\0'))}) {
    Script script;
    script.end = changes + bad + Packet('c');
    scripts.push_back(script);
  }
  Script unasked;
  unasked.capabilities = milter::kChangeHeaders;
  unasked.end = Packet('b', "new\r\n") + Packet('c');
  scripts.push_back(unasked);
  for (size_t i = 0; i < scripts.size(); ++i) {
    EXPECT_FALSE(Ask(scripts[i]).ok()) << i;
    EXPECT_EQ(message_.header, header);
    EXPECT_EQ(Body(), "Text\r\n");
    EXPECT_THAT(envelope_.recipients, ElementsAre("alice@example.org", "carol@example.org"));
  }
}

TEST_F(MilterTest, ARefusalChangesNothing) {
  Script script;
  script.end = Packet('h', "X-A\0a\0"s) + Packet('r');
  EXPECT_EQ(Ask(script)->action, Action::kReject);
  EXPECT_EQ(message_.header, "Subject: x\r\nTo: a,\r\n b\r\n\r\n");
}

// One connection, over which a message that does not come to its end is aborted; another one for
// another client.
TEST_F(MilterTest, OneConnectionServesManyMessagesOfAClient) {
  Script script;
  {
    const ScriptedMilter milter(script, said_);
    const MilterAddress address{"127.0.0.1", milter.port()};
    const MilterOptions options;
    asio::io_context context;
    const auto run = [&]() -> asio::awaitable<void> {
      milter::Dialogue dialogue(address, options);
      EXPECT_TRUE((co_await TellAll(dialogue)).ok());
      const milter::PathCommand null_path;
      for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(Undecided(co_await dialogue.Mail(client_, null_path)));
      }
      EXPECT_TRUE(Undecided(co_await dialogue.Helo(client_)));
      EXPECT_TRUE(Undecided(co_await dialogue.Mail(client_, null_path)));
      EXPECT_TRUE(Undecided(co_await dialogue.Connect(client_)));
      co_await dialogue.Quit();
    };
    asio::co_spawn(context, run(), asio::detached);
    context.run();
  }
  std::string commands;
  for (const std::string& packet : said_) {
    commands += packet[0] == 'D' ? "" : packet.substr(0, 1);
  }
  EXPECT_EQ(commands, "OCHMRRTLLNBEMAMAHMQOCQ");
}

TEST_F(MilterTest, RepliesMayHaveManyLines) {
  Script script;
  script.answers['R'] = Packet('y', "550-5.7.9 One\r\n550-5.7.9 T\x01wo\r\n550 5.7.9 Three\0"s);
  const auto verdict = Ask(script);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->code, 550);
  EXPECT_EQ(verdict->status, "5.7.9");
  EXPECT_EQ(verdict->text, "One\nT?wo\nThree");
}

TEST_F(MilterTest, RefusesOtherVersions) {
  Script script;
  script.version = 7;
  EXPECT_FALSE(Ask(script).ok());
  script.version = 6;
  script.capabilities = 0x10000;
  EXPECT_FALSE(Ask(script).ok());
  script.capabilities = 0;
  script.version = 2;
  EXPECT_TRUE(Ask(script).ok());
}

TEST_F(MilterTest, SaysThatNobodyIsThere) {
  int port;
  {
    ScriptedPeer gone([](PeerSocket&) {});
    port = std::stoi(gone.port());
  }
  asio::io_context context;
  std::vector<absl::Status> found;
  const auto run = [&]() -> asio::awaitable<void> {
    const MilterAddress inet{"127.0.0.1", std::to_string(port)};
    const MilterAddress local{"", "", testing::TempDir() + "/no-such-socket"};
    const MilterOptions options;
    for (const MilterAddress& address : {inet, local}) {
      milter::Dialogue dialogue(address, options);
      found.push_back((co_await TellAll(dialogue)).status());
      EXPECT_FALSE(dialogue.is_open());
    }
  };
  asio::co_spawn(context, run(), asio::detached);
  context.run();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(absl::IsUnavailable(found[0]));
  EXPECT_TRUE(absl::IsUnavailable(found[1]));
}

TEST(ParseMiltersTest, TakesBothForms) {
  const auto milters =
      ParseMilters("inet:clamav:7357, unix:/run/opendkim.sock,inet:8891@localhost,inet:[::1]:25");
  ASSERT_TRUE(milters.ok());
  ASSERT_EQ(milters->size(), 4u);
  EXPECT_EQ((*milters)[0].host, "clamav");
  EXPECT_EQ((*milters)[0].port, "7357");
  EXPECT_EQ((*milters)[1].path, "/run/opendkim.sock");
  EXPECT_EQ((*milters)[2].host, "localhost");
  EXPECT_EQ((*milters)[2].port, "8891");
  EXPECT_EQ((*milters)[3].host, "::1");
  EXPECT_TRUE(ParseMilters("")->empty());
  for (const std::string text : {"host:25", "inet:host", "unix:relative", "inet:", "smtp:a:1"}) {
    EXPECT_FALSE(ParseMilters(text).ok()) << text;
  }
}

}  // namespace
}  // namespace posthorn::filter
