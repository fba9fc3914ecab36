// The gateway's program against a store that fails on demand, over real sockets.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "imap-gateway/testing/fake_store.h"
#include "imap-gateway/testing/gateway_process.h"

namespace posthorn::imap {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using v1::ErrorDetail;

std::string Message(int number, std::size_t octets) {
  std::string message = absl::StrCat("Subject: ", number, "\r\n\r\n");
  while (message.size() < octets) {
    absl::StrAppend(&message, message.size(), " a line of the body\r\n");
  }
  return message;
}

class SessionTest : public testing::Test {
 protected:
  void Start(std::vector<std::string> messages, std::vector<std::string> flags = {}) {
    messages_ = std::move(messages);
    store_.emplace(authority_, messages_);
    gateway_.emplace(authority_, store_->port(), std::move(flags));
  }
  Client Selected() {
    Client client(gateway_->port());
    client.LogIn();
    EXPECT_THAT(client.Command("EXAMINE INBOX"), HasSubstr("t OK [READ-ONLY]"));
    return client;
  }
  // What FETCH of a whole message answers.
  std::string Body(int number) const {
    const std::string& message = messages_[static_cast<std::size_t>(number - 1)];
    return absl::StrCat("* ", number, " FETCH (BODY[] {", message.size(), "}\r\n", message,
                        ")\r\n");
  }

  testing_support::Authority authority_;
  std::vector<std::string> messages_;
  std::optional<FakeStore> store_;
  std::optional<GatewayProcess> gateway_;
};

TEST_F(SessionTest, StreamsBodies) {
  Start({Message(1, 10), Message(2, 700000), Message(3, 70000)});
  Client client = Selected();
  EXPECT_EQ(client.Command("FETCH 1:* BODY.PEEK[]"),
            absl::StrCat(Body(1), Body(2), Body(3), "t OK Fetch completed\r\n"));
}

TEST_F(SessionTest, AnotherReplicaGoesOnWhereOneWasLost) {
  Start({Message(1, 10), Message(2, 700000), Message(3, 70000)});
  Client client = Selected();
  store_->cuts = 2;
  EXPECT_EQ(client.Command("FETCH 1:* BODY.PEEK[]"),
            absl::StrCat(Body(1), Body(2), Body(3), "t OK Fetch completed\r\n"));
}

TEST_F(SessionTest, APromisedLiteralThatCannotBeSentEndsTheConnection) {
  Start({Message(1, 700000)});
  Client client = Selected();
  store_->cuts = 1;
  store_->away_with_cut = true;
  EXPECT_THAT(client.Command("FETCH 1 BODY.PEEK[]"), EndsWith("<end>\r\n"));
}

TEST_F(SessionTest, OneUnreadableMessageHidesNoOther) {
  Start({Message(1, 10), Message(2, 10), Message(3, 10)});
  Client client = Selected();
  store_->unreadable_uid = 2;
  const std::string answer = client.Command("FETCH 1:* BODY.PEEK[]");
  EXPECT_THAT(answer, StartsWith(absl::StrCat(Body(1), "* 2 FETCH (BODY[] NIL)\r\n", Body(3))));
  EXPECT_THAT(answer, HasSubstr("t NO [SERVERBUG]"));
  store_->unreadable_uid = 0;
  store_->gone_uid = 1;
  EXPECT_THAT(client.Command("FETCH 1:2 BODY.PEEK[]"), HasSubstr("t NO [EXPUNGEISSUED]"));
}

TEST_F(SessionTest, AStoreThatIsAwayIsATemporaryRefusal) {
  Start({Message(1, 10)});
  Client client = Selected();
  store_->away = true;
  for (const char* command : {"NOOP", "FETCH 1 FLAGS", "FETCH 1 BODY.PEEK[]", "CHECK"}) {
    EXPECT_THAT(client.Command(command), HasSubstr("t NO [UNAVAILABLE]")) << command;
  }
  Client other(gateway_->port());
  EXPECT_THAT(other.Command("LOGIN alice@example.org secret"), StartsWith("t NO [UNAVAILABLE]"));
  store_->away = false;
  EXPECT_THAT(client.Command("FETCH 1 BODY.PEEK[]"), StartsWith(Body(1)));
}

TEST_F(SessionTest, LoginsThatFailTooOftenEndTheConnection) {
  Start({});
  Client client(gateway_->port());
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(client.Command("LOGIN alice@example.org wrong"),
                StartsWith("t NO [AUTHENTICATIONFAILED]"));
  }
  EXPECT_THAT(client.Command("LOGIN alice@example.org wrong"), StartsWith("* BYE "));
}

TEST_F(SessionTest, AnAppendThatTheStoreRefusesIsRefusedBeforeItsOctets) {
  Start({});
  Client client(gateway_->port());
  client.LogIn();
  store_->refuse_append = ErrorDetail::REASON_OVER_QUOTA;
  EXPECT_THAT(client.Command("APPEND INBOX {1000000}"), StartsWith("t NO [OVERQUOTA]"));
  EXPECT_THAT(client.Command(absl::StrCat("APPEND INBOX {200000+}\r\n", std::string(200000, 'x'))),
              StartsWith("t NO [OVERQUOTA]"));
  EXPECT_THAT(client.Command("NOOP"), StartsWith("t OK"));
  EXPECT_EQ(store_->appended_octets, 0);
}

TEST_F(SessionTest, AnAppendRefusedMidwayIsReadToItsEnd) {
  Start({});
  Client client(gateway_->port());
  client.LogIn();
  store_->refuse_append_late = ErrorDetail::REASON_STORE_FULL;
  const std::string append = absl::StrCat("APPEND INBOX {900000+}\r\n", std::string(900000, 'x'));
  EXPECT_THAT(client.Command(append), StartsWith("t NO [UNAVAILABLE]"));
  store_->refuse_append_late = 0;
  EXPECT_THAT(client.Command(append), StartsWith("t OK [APPENDUID 5 9]"));
  EXPECT_EQ(store_->appends_committed, 1);
}

TEST_F(SessionTest, AnAppendWhoseAnswerIsLostIsSettled) {
  Start({});
  Client client(gateway_->port());
  client.LogIn();
  const std::string append = "APPEND INBOX {4+}\r\nabcd";
  store_->lose_answer = true;
  EXPECT_THAT(client.Command(append), StartsWith("t OK [APPENDUID 5 9]"));
  EXPECT_EQ(store_->appends_committed, 1);
  // The database is away for a while.
  store_->settles_away = 3;
  EXPECT_THAT(client.Command(append), StartsWith("t OK [APPENDUID 5 9]"));
  EXPECT_EQ(store_->appends_committed, 2);
  EXPECT_EQ(store_->settles_away, 0);
}

TEST_F(SessionTest, AnAppendThatWasLostWithItsReplicaIsRefused) {
  Start({});
  Client client(gateway_->port());
  client.LogIn();
  const std::string append = "APPEND INBOX {4+}\r\nabcd";
  store_->lose_append = true;
  EXPECT_THAT(client.Command(append),
              StartsWith("t NO [UNAVAILABLE] The mail store is not available"));
  store_->refuse_settle = ErrorDetail::REASON_FORBIDDEN;
  EXPECT_THAT(client.Command(append),
              StartsWith("t NO [UNAVAILABLE] The outcome is not known, look before retrying"));
  EXPECT_EQ(store_->appends_committed, 0);
}

TEST_F(SessionTest, AnAppendThatDoesNotEndIsNotKept) {
  Start({});
  {
    Client client(gateway_->port());
    client.LogIn();
    client.Send("t APPEND INBOX {1000+}\r\nSubject: cut");
  }
  Client client(gateway_->port());
  client.LogIn();
  EXPECT_THAT(client.Command("APPEND INBOX {4+}\r\nabcdNOISE"), StartsWith("t BAD"));
  EXPECT_THAT(client.Command("APPEND INBOX {4+}\r\nabcd"), StartsWith("t OK"));
  EXPECT_EQ(store_->appends_committed, 1);
}

TEST_F(SessionTest, ADrainTakesLeaveAndExitsCleanly) {
  Start({Message(1, 10)});
  Client idle = Selected();
  idle.Send("i IDLE\r\n");
  EXPECT_EQ(idle.Line(), "+ idling");
  Client silent = Selected();
  gateway_->Drain();
  EXPECT_THAT(idle.Until("* BYE"), HasSubstr("* BYE [UNAVAILABLE]"));
  EXPECT_THAT(silent.Until("* BYE"), HasSubstr("* BYE [UNAVAILABLE]"));
  EXPECT_EQ(gateway_->AwaitExit(), 0);
}

// RFC 9585.
TEST_F(SessionTest, TellsThatALongCommandIsWorkedAt) {
  Start({Message(1, 10)}, {"--progress_milliseconds=20"});
  Client client = Selected();
  store_->hold_search = true;
  client.Send("t SEARCH SUBJECT x\r\n");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(client.Line(), StartsWith("* OK [INPROGRESS (\"t\" NIL NIL)] "));
  }
  store_->hold_search = false;
  EXPECT_THAT(client.Until("t "), HasSubstr("* SEARCH\r\nt OK "));
}

// Waits, a minute at most, until `count` has come to `wanted`.
void AwaitCount(const std::atomic<int>& count, int wanted) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (count < wanted && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_GE(count, wanted);
}

TEST_F(SessionTest, WhatNeedsNoOrderIsDoneBesideASearch) {
  Start({Message(1, 10)}, {"--progress_milliseconds=600000"});
  int searches = 0;
  for (const char* search : {"SEARCH SUBJECT x", "UID SORT (SUBJECT) US-ASCII ALL"}) {
    store_->hold_search = true;
    Client client = Selected();
    client.Send(absl::StrCat("t ", search, "\r\n"));
    AwaitCount(store_->searches_begun, ++searches);
    client.Send("u NOOP\r\n");
    EXPECT_THAT(client.Until("u "), HasSubstr("u OK "));
    client.Send("v UID FETCH 1 (BODY.PEEK[])\r\nw STATUS INBOX (MESSAGES)\r\n");
    EXPECT_THAT(client.Until("v "), HasSubstr("* 1 FETCH (UID 1 BODY[] {14}\r\n"));
    EXPECT_THAT(client.Until("w "), HasSubstr("w OK "));
    store_->hold_search = false;
    EXPECT_THAT(client.Until("t "), HasSubstr("t OK "));
    client.Send("x NOOP\r\n");
    EXPECT_THAT(client.Until("x "), HasSubstr("x OK "));
  }
}

TEST_F(SessionTest, WhatNeedsOrderAwaitsTheSearchAndHoldsUpWhatFollows) {
  Start({Message(1, 10)}, {"--progress_milliseconds=600000"});
  int searches = 0;
  for (const char* ordered :
       {"STORE 1 +FLAGS (\\Flagged)", "FETCH 1 BODY[]", "UID FETCH $ (FLAGS)", "FETCH 1 (MODSEQ)",
        "SEARCH SUBJECT y", "nonsense", "APPEND INBOX {3+}\r\nabc"}) {
    SCOPED_TRACE(ordered);
    store_->hold_search = true;
    Client client = Selected();
    client.Send("t SEARCH RETURN (SAVE) SUBJECT x\r\n");
    AwaitCount(store_->searches_begun, ++searches);
    searches += ordered == std::string("SEARCH SUBJECT y") ? 1 : 0;
    client.Send(absl::StrCat("u NOOP\r\nv ", ordered, "\r\nw NOOP\r\n"));
    EXPECT_THAT(client.Until("u "), HasSubstr("u OK "));
    store_->hold_search = false;
    EXPECT_THAT(client.Until("v "), HasSubstr("t OK "));
    EXPECT_THAT(client.Until("w "), HasSubstr("w OK "));
  }
}

// Long before anything is told, or where nothing ever is.
TEST_F(SessionTest, ASearchThatNobodyWaitsForIsCancelled) {
  for (const bool hidden : {false, true}) {
    Start({Message(1, 10)}, {absl::StrCat("--progress_milliseconds=", hidden ? "20" : "600000")});
    store_->hide_inprogress = hidden;
    store_->hold_search = true;
    int searches = 0;
    for (const char* search :
         {"SEARCH SUBJECT x", "SORT (SUBJECT) US-ASCII ALL", "THREAD REFS US-ASCII ALL"}) {
      SCOPED_TRACE(absl::StrCat(search, hidden ? ", INPROGRESS hidden" : ""));
      Client client = Selected();
      // A command behind it that is not done meanwhile.
      client.Send(absl::StrCat("t ", search, "\r\nu CHECK\r\n"));
      AwaitCount(store_->searches_begun, ++searches);
      client.Close();
      AwaitCount(store_->searches_cancelled, searches);
    }
  }
}

TEST_F(SessionTest, ASearchOfManyMailboxesEndsWithItsClient) {
  constexpr int kMailboxes = 2'000;
  Start({Message(1, 10)});
  store_->listed_mailboxes = kMailboxes;
  store_->search_milliseconds = 5;
  {
    Client client(gateway_->port());
    client.LogIn();
    client.Send("t ESEARCH IN (personal) SUBJECT x\r\n");
    AwaitCount(store_->searches_begun, 1);
  }
  gateway_->Drain();
  EXPECT_EQ(gateway_->AwaitExit(), 0);
  EXPECT_LT(store_->searches_begun, kMailboxes);
}

// RFC 7888 5.
TEST_F(SessionTest, LiteralMinusTakesSmallLiteralsUnasked) {
  Start({}, {"--literal_minus"});
  Client client(gateway_->port());
  const std::string capabilities = client.Command("CAPABILITY");
  EXPECT_THAT(capabilities, HasSubstr(" LITERAL-"));
  EXPECT_THAT(capabilities, Not(HasSubstr("LITERAL+")));
  EXPECT_THAT(client.Command("LOGIN {4097+}\r\n" + std::string(4097, 'x') + " secret"),
              StartsWith("t BAD [TOOBIG]"));
  EXPECT_THAT(client.Command("LOGIN {17+}\r\nalice@example.org {6+}\r\nsecret"),
              StartsWith("t OK"));
  EXPECT_THAT(client.Command(absl::StrCat("APPEND INBOX {4097+}\r\n", std::string(4097, 'x'))),
              StartsWith("t BAD [TOOBIG]"));
  EXPECT_THAT(client.Command(absl::StrCat("APPEND INBOX {4096+}\r\n", std::string(4096, 'x'))),
              StartsWith("t OK"));
  EXPECT_EQ(store_->appends_committed, 1);
}

// RFC 9738.
TEST_F(SessionTest, SoManyMessagesAreCopiedAtOnceAndNoMore) {
  Start({Message(1, 10), Message(2, 10), Message(3, 10)}, {"--save_limit=2"});
  Client client(gateway_->port());
  client.LogIn();
  EXPECT_THAT(client.Command("CAPABILITY"), HasSubstr(" SAVELIMIT=2"));
  EXPECT_THAT(client.Command("SELECT INBOX"), HasSubstr("t OK"));
  EXPECT_THAT(client.Command("COPY 1:3 INBOX"), StartsWith("t NO [MESSAGELIMIT 2 2] "));
  EXPECT_THAT(client.Command("UID MOVE 1:* INBOX"), StartsWith("t NO [MESSAGELIMIT 2 2] "));
  EXPECT_THAT(client.Command("COPY 1:2 INBOX"), Not(HasSubstr("MESSAGELIMIT")));
}

// RFC 9738 3.1: from the highest UID down.
TEST_F(SessionTest, ACommandWorksAtTheLastMessagesWhereTheyAreTooMany) {
  Start({Message(1, 10), Message(2, 700000), Message(3, 70000)}, {"--message_limit=2"});
  Client client = Selected();
  const std::string capabilities = client.Command("CAPABILITY");
  EXPECT_THAT(capabilities, HasSubstr(" MESSAGELIMIT=2"));
  EXPECT_THAT(capabilities, Not(HasSubstr("SAVELIMIT")));
  EXPECT_EQ(client.Command("FETCH 1:* BODY.PEEK[]"),
            absl::StrCat(Body(3), Body(2),
                         "t OK [MESSAGELIMIT 2 2] Done for the last messages only\r\n"));
  EXPECT_EQ(client.Command("FETCH 1 BODY.PEEK[]"),
            absl::StrCat(Body(1), "t OK Fetch completed\r\n"));
  store_->away = true;
  EXPECT_THAT(client.Command("FETCH 1:* FLAGS"), StartsWith("t NO [UNAVAILABLE]"));
}

TEST_F(SessionTest, AnAccountHasSoManySessionsAndNoMore) {
  Start({}, {"--max_connections_per_account=2"});
  Client first(gateway_->port());
  Client second(gateway_->port());
  Client third(gateway_->port());
  first.LogIn();
  second.LogIn();
  EXPECT_THAT(third.Command("LOGIN alice@example.org secret"), StartsWith("t NO [LIMIT]"));
  EXPECT_THAT(second.Command("UNAUTHENTICATE"), StartsWith("t OK"));
  third.LogIn();
}

TEST_F(SessionTest, ChangesOfOthersAfterItsOwnAreTold) {
  for (const char* store : {"STORE 1 FLAGS (\\Seen)", "STORE 1 FLAGS.SILENT (\\Seen)"}) {
    Start({Message(1, 10), Message(2, 10)});
    Client client(gateway_->port());
    client.LogIn();
    EXPECT_THAT(client.Command("SELECT INBOX"), HasSubstr("t OK"));
    store_->flags_after_store = v1::FLAG_FLAGGED;
    const std::string answers = client.Command(store) + client.Command("NOOP");
    EXPECT_THAT(answers, HasSubstr("* 2 FETCH (FLAGS (\\Flagged))")) << store;
    EXPECT_THAT(answers, testing::ContainsRegex("[*] 1 FETCH \\(FLAGS \\([^)]*Flagged")) << store;
  }
}

TEST_F(SessionTest, ChangesOfOthersBeforeItsOwnAreTold) {
  for (const char* store : {"STORE 1 FLAGS (\\Seen)", "STORE 1 FLAGS.SILENT (\\Seen)"}) {
    Start({Message(1, 10), Message(2, 10)});
    Client client(gateway_->port());
    client.LogIn();
    EXPECT_THAT(client.Command("SELECT INBOX"), HasSubstr("t OK"));
    store_->flags_before_store = v1::FLAG_FLAGGED;
    const std::string answers = client.Command(store) + client.Command("NOOP");
    EXPECT_THAT(answers, HasSubstr("* 2 FETCH (FLAGS (\\Flagged))")) << store;
  }
}

// RFC 7162 6: a MODSEQ that is told stands for all up to it.
TEST_F(SessionTest, ChangesAreReadWithAStoreOnlyIfOthersMadeSome) {
  for (const bool others : {false, true}) {
    Start({Message(1, 10), Message(2, 10)});
    Client client(gateway_->port());
    client.LogIn();
    client.Command("ENABLE CONDSTORE");
    EXPECT_THAT(client.Command("SELECT INBOX"), HasSubstr("t OK"));
    store_->flags_before_store = others ? v1::FLAG_FLAGGED : 0;
    const int before = store_->syncs;
    const std::string answer = client.Command("STORE 1 FLAGS (\\Seen)");
    EXPECT_EQ(store_->syncs, before + (others ? 1 : 0));
    EXPECT_EQ(absl::StrContains(answer, "* 2 FETCH"), others) << answer;
  }
}

TEST_F(SessionTest, WhatTheSessionChangedItselfIsToldOnce) {
  Start({Message(1, 10), Message(2, 10)});
  Client client(gateway_->port());
  client.LogIn();
  EXPECT_THAT(client.Command("SELECT INBOX"), HasSubstr("t OK"));
  EXPECT_THAT(client.Command("STORE 1 FLAGS.SILENT (\\Seen)") + client.Command("NOOP"),
              Not(HasSubstr("* 1 FETCH")));
}

std::vector<std::string> FiveMessages() { return std::vector<std::string>(5, Message(1, 10)); }

// The numbers of the messages whose flags are told, in order.
std::vector<int> Flagged(const std::string& answers) {
  std::vector<int> numbers;
  for (const absl::string_view line : absl::StrSplit(answers, "\r\n")) {
    int number = 0;
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    if (words.size() > 2 && words[2] == "FETCH" && absl::SimpleAtoi(words[1], &number)) {
      EXPECT_THAT(line, HasSubstr("\\Flagged"));
      numbers.push_back(number);
    }
  }
  return numbers;
}

TEST_F(SessionTest, ManyChangesAreReadAndToldInParts) {
  Start(FiveMessages());
  Client client = Selected();
  store_->ChangeFlags(1, 5);
  const int before = store_->syncs;
  EXPECT_THAT(Flagged(client.Command("NOOP")), testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(store_->syncs, before + 3);
  EXPECT_THAT(Flagged(client.Command("NOOP")), testing::IsEmpty());
}

TEST_F(SessionTest, WhatChangesBetweenPartsIsToldOnce) {
  Start(FiveMessages());
  Client client = Selected();
  store_->ChangeFlags(1, 5);
  store_->change_after_part = 4;
  EXPECT_THAT(Flagged(client.Command("NOOP")), testing::ElementsAre(1, 2, 3, 5));
  EXPECT_THAT(Flagged(client.Command("NOOP")), testing::ElementsAre(4));
}

// RFC 7162 6: the client has seen the MODSEQ of changes that it was not told of.
TEST_F(SessionTest, WhereAPartCannotBeReadTheClientIsToldHowFarItKnows) {
  for (const char* enable : {"ENABLE CONDSTORE", "ENABLE QRESYNC"}) {
    Start(FiveMessages());
    store_->ChangeFlags(1, 1);
    Client client(gateway_->port());
    client.LogIn();
    client.Command(enable);
    EXPECT_THAT(client.Command("SELECT INBOX"), HasSubstr("[HIGHESTMODSEQ 1]"));
    store_->ChangeFlags(1, 5);
    store_->away_for_parts = true;
    const std::string answers = client.Command("NOOP");
    EXPECT_THAT(Flagged(answers), testing::ElementsAre(1, 2));
    EXPECT_THAT(answers, HasSubstr("MODSEQ (2)"));
    EXPECT_THAT(answers, HasSubstr("* OK [HIGHESTMODSEQ 1]"));
    EXPECT_THAT(answers, HasSubstr("t NO [UNAVAILABLE]"));
    store_->away_for_parts = false;
    EXPECT_THAT(Flagged(client.Command("NOOP")), testing::ElementsAre(1, 2, 3, 4, 5));
  }
}

// RFC 7162 3.2.5.
TEST_F(SessionTest, AClientThatComesBackIsToldInParts) {
  Start(FiveMessages());
  store_->ChangeFlags(1, 5);
  store_->ChangeFlags(1, 5);
  Client client(gateway_->port());
  client.LogIn();
  client.Command("ENABLE QRESYNC");
  store_->change_after_part = 4;
  const std::string answers = client.Command("SELECT INBOX (QRESYNC (5 1))");
  EXPECT_THAT(answers, HasSubstr("t OK [READ-WRITE]"));
  EXPECT_THAT(answers, HasSubstr("[HIGHESTMODSEQ 2]"));
  EXPECT_THAT(Flagged(answers), testing::ElementsAre(1, 2, 3, 5));
  EXPECT_THAT(Flagged(client.Command("NOOP")), testing::ElementsAre(4));
  EXPECT_THAT(Flagged(client.Command("SELECT INBOX (QRESYNC (5 1 2:4))")),
              testing::ElementsAre(2, 3, 4));
  store_->away_for_parts = true;
  EXPECT_THAT(client.Command("SELECT INBOX (QRESYNC (5 1))"), HasSubstr("t NO [UNAVAILABLE]"));
  EXPECT_THAT(client.Command("FETCH 1 FLAGS"), HasSubstr("t BAD"));
}

// RFC 3501 7.4.1: its number would be above what EXISTS told.
TEST_F(SessionTest, WhatCameAndWentUntoldIsNotMentioned) {
  for (const char* enable : {"ENABLE CONDSTORE", "ENABLE QRESYNC"}) {
    Start({Message(1, 10), Message(2, 10)});
    Client client(gateway_->port());
    client.LogIn();
    client.Command(enable);
    EXPECT_THAT(client.Command("SELECT INBOX"), HasSubstr("t OK"));
    for (const char* command : {"NOOP", "FETCH 1 FLAGS", "NOOP"}) {
      store_->short_lived = true;
      EXPECT_THAT(client.Command(command), Not(testing::ContainsRegex("EXPUNGE|VANISHED|EXISTS")))
          << command;
    }
  }
}

TEST_F(SessionTest, ADrainEndsSessionsThatWereSilentWithinACommand) {
  Start({}, {"--drain_seconds=2"});
  std::vector<std::unique_ptr<Client>> clients;
  for (const char* begun :
       {"t NOO", "t STATUS {10+}\r\nINB", "t APPEND INBOX {1000+}\r\nSubject: "}) {
    clients.push_back(std::make_unique<Client>(gateway_->port()));
    clients.back()->LogIn();
    clients.back()->Send(begun);
  }
  gateway_->Drain();
  for (const auto& client : clients) {
    EXPECT_THAT(client->Line(), StartsWith("* BYE [UNAVAILABLE]"));
  }
  EXPECT_EQ(gateway_->AwaitExit(), 0);
}

TEST_F(SessionTest, NoAnswerWaitsForTheRestOfACommandBehindIt) {
  Start({Message(1, 10)});
  Client client = Selected();
  const std::pair<const char*, const char*> begun_and_rest[] = {
      {"u NOO", "P\r\n"},
      {"u STATUS {5+}\r\nIN", "BOX (MESSAGES)\r\n"},
      {"u APPEND INBOX {9+}\r\nS:", " a\r\n\r\nb\r\n"},
      {"u STATUS {10+}\r\n", "somewhere! (MESSAGES)\r\n"}};
  for (const auto& [begun, rest] : begun_and_rest) {
    client.Send(absl::StrCat("t NOOP\r\n", begun));
    EXPECT_THAT(client.Until("t "), HasSubstr("t OK")) << begun;
    client.Send(rest);
    EXPECT_THAT(client.Until("u "), testing::ContainsRegex("u (OK|NO) ")) << begun;
  }
}

TEST_F(SessionTest, ADrainOfIdleIsNoBadCommand) {
  Start({Message(1, 10)});
  Client idle = Selected();
  idle.Send("i IDLE\r\n");
  EXPECT_EQ(idle.Line(), "+ idling");
  gateway_->Drain();
  EXPECT_THAT(idle.Until("* BYE"), HasSubstr("* BYE [UNAVAILABLE]"));
  EXPECT_EQ(idle.Line(), "<end>");
}

TEST_F(SessionTest, LoginDeadlineHoldsWhateverIsSent) {
  Start({}, {"--login_deadline_seconds=1"});
  Client pipelines(gateway_->port());
  while (pipelines.Command("NOOP").starts_with("t OK")) {
  }
  Client silent(gateway_->port());
  EXPECT_THAT(silent.Until("* BYE"), HasSubstr("* BYE "));
  Client in_a_literal(gateway_->port());
  in_a_literal.Send("t LOGIN {8192+}\r\n");
  std::string told;
  std::thread reader([&] { told = in_a_literal.Until("* BYE"); });
  for (int i = 0; i < 20; ++i) {
    in_a_literal.Send("x");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  reader.join();
  EXPECT_THAT(told, HasSubstr("* BYE "));
  Client in_time(gateway_->port());
  in_time.LogIn();
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_THAT(in_time.Command("NOOP"), StartsWith("t OK"));
  EXPECT_THAT(in_time.Command("UNAUTHENTICATE"), StartsWith("t OK"));
  EXPECT_THAT(in_time.Until("* BYE"), HasSubstr("* BYE "));
}

TEST_F(SessionTest, BeforeLoginLittleIsAccepted) {
  Start({});
  Client client(gateway_->port());
  // An APPEND before login is text: its literal is bounded and never run as a command.
  EXPECT_THAT(client.Command("APPEND INBOX {13+}\r\nx LOGOUT\r\nabc"), StartsWith("t BAD"));
  EXPECT_THAT(client.Command("LOGIN {100000+}\r\n" + std::string(100000, 'x')),
              StartsWith("* BYE [TOOBIG]"));
  Client longer(gateway_->port());
  longer.Send("t " + std::string(9000, 'x') + "\r\n");
  EXPECT_THAT(longer.Line(), StartsWith("* BYE [CLIENTBUG]"));
}

}  // namespace
}  // namespace posthorn::imap
