// The gateway's program against a store that fails on demand, over real sockets.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pop3-gateway/testing/fake_store.h"
#include "pop3-gateway/testing/gateway_process.h"

namespace posthorn::pop3 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string Message(int number, size_t body_octets) {
  std::string message = absl::StrCat("Subject: ", number, "\r\n\r\n");
  while (message.size() < body_octets) {
    absl::StrAppend(&message, ".", message.size(), " a line of the body\r\n");
  }
  return message;
}

std::vector<std::string> Messages(int count, size_t octets) {
  std::vector<std::string> messages;
  for (int i = 1; i <= count; ++i) {
    messages.push_back(Message(i, octets));
  }
  return messages;
}

class SessionTest : public testing::Test {
 protected:
  void Start(std::vector<std::string> messages, std::vector<std::string> flags = {}) {
    messages_ = std::move(messages);
    store_.emplace(authority_, messages_);
    gateway_.emplace(authority_, store_->port(), std::move(flags));
  }

  testing_support::Authority authority_;
  std::vector<std::string> messages_;
  std::optional<FakeStore> store_;
  std::optional<GatewayProcess> gateway_;
};

TEST_F(SessionTest, RetrievesListsAndDeletes) {
  Start({"Subject: a\r\n\r\n.dot\r\n..\r\nlast line", Message(2, 300000), "S: c\r\n\r\n"});
  Client client(gateway_->port());
  client.LogIn();
  const size_t octets = messages_[0].size() + messages_[1].size() + messages_[2].size();
  EXPECT_EQ(client.Command("STAT"), absl::StrCat("+OK 3 ", octets));
  EXPECT_EQ(client.Command("LIST 2"), absl::StrCat("+OK 2 ", messages_[1].size()));
  EXPECT_EQ(client.Command("UIDL 3"), "+OK 3 0000abcd00000003");
  EXPECT_THAT(client.Command("UIDL"), StartsWith("+OK"));
  EXPECT_EQ(client.Lines(), "1 0000abcd00000001\r\n2 0000abcd00000002\r\n3 0000abcd00000003\r\n");
  EXPECT_EQ(client.Command("RETR 1"), absl::StrCat("+OK ", messages_[0].size(), " octets"));
  EXPECT_EQ(client.Lines(), messages_[0] + "\r\n");
  EXPECT_EQ(client.Command("retr 2"), absl::StrCat("+OK ", messages_[1].size(), " octets"));
  EXPECT_EQ(client.Lines(), messages_[1]);
  EXPECT_THAT(client.Command("TOP 1 1"), StartsWith("+OK"));
  EXPECT_EQ(client.Lines(), "Subject: a\r\n\r\n.dot\r\n");
  EXPECT_THAT(client.Command("TOP 3 10"), StartsWith("+OK"));
  EXPECT_EQ(client.Lines(), messages_[2]);
  EXPECT_THAT(client.Command("DELE 2"), StartsWith("+OK"));
  EXPECT_THAT(client.Command("DELE 2"), StartsWith("-ERR"));
  EXPECT_THAT(client.Command("RETR 2"), StartsWith("-ERR"));
  EXPECT_THAT(client.Command("LIST 2"), StartsWith("-ERR"));
  EXPECT_THAT(client.Command("RETR 4"), StartsWith("-ERR"));
  EXPECT_THAT(client.Command("LIST"), StartsWith("+OK 2 "));
  EXPECT_EQ(client.Lines(),
            absl::StrCat("1 ", messages_[0].size(), "\r\n3 ", messages_[2].size(), "\r\n"));
  EXPECT_THAT(client.Command("RSET"), StartsWith("+OK"));
  EXPECT_EQ(client.Command("STAT"), absl::StrCat("+OK 3 ", octets));
  EXPECT_THAT(client.Command("DELE 1"), StartsWith("+OK"));
  EXPECT_THAT(client.Command("DELE 3"), StartsWith("+OK"));
  EXPECT_EQ(client.Command("QUIT"), "+OK Bye, 2 messages deleted");
  EXPECT_EQ(client.Line(), "<end>");
  EXPECT_THAT(store_->AwaitRelease(), ElementsAre(1, 3));
}

TEST_F(SessionTest, PipelinedCommandsAreAnsweredInOrder) {
  Start(Messages(50, 2000));
  Client client(gateway_->port());
  std::string commands = "USER alice@example.org\r\nPASS secret\r\nSTAT\r\n";
  for (int i = 1; i <= 50; ++i) {
    absl::StrAppend(&commands, "RETR ", i, "\r\nDELE ", i, "\r\n");
  }
  client.Send(commands + "NOOP\r\nRSET\r\nQUIT\r\n");
  EXPECT_EQ(client.Line(), "+OK Send PASS");
  EXPECT_THAT(client.Line(), StartsWith("+OK Maildrop has 50 messages"));
  EXPECT_THAT(client.Line(), StartsWith("+OK 50 "));
  for (int i = 1; i <= 50; ++i) {
    EXPECT_THAT(client.Line(), StartsWith("+OK"));
    EXPECT_EQ(client.Lines(), messages_[static_cast<size_t>(i - 1)]);
    EXPECT_EQ(client.Line(), "+OK Marked as deleted");
  }
  EXPECT_EQ(client.Line(), "+OK Nothing done");
  EXPECT_THAT(client.Line(), StartsWith("+OK Maildrop has 50 messages"));
  EXPECT_EQ(client.Line(), "+OK Bye, 0 messages deleted");
  EXPECT_EQ(client.Line(), "<end>");
}

TEST_F(SessionTest, ReadsAheadInOrderOnly) {
  Start(Messages(300, 500));
  {
    Client client(gateway_->port());
    client.LogIn();
    for (int i = 1; i <= 300; ++i) {
      EXPECT_THAT(client.Command(absl::StrCat("RETR ", i)), StartsWith("+OK"));
      EXPECT_EQ(client.Lines(), messages_[static_cast<size_t>(i - 1)]);
    }
    EXPECT_THAT(client.Command("QUIT"), StartsWith("+OK"));
  }
  EXPECT_LE(store_->fetches, 8);
  store_->fetches = 0;
  Client client(gateway_->port());
  client.LogIn();
  for (int i : {200, 100, 7, 299, 1}) {
    EXPECT_THAT(client.Command(absl::StrCat("RETR ", i)), StartsWith("+OK"));
    EXPECT_EQ(client.Lines(), messages_[static_cast<size_t>(i - 1)]);
  }
  EXPECT_EQ(store_->fetches, 5);
}

TEST_F(SessionTest, DisconnectDeletesNothing) {
  Start(Messages(3, 100));
  Client client(gateway_->port());
  client.LogIn();
  EXPECT_THAT(client.Command("DELE 1"), StartsWith("+OK"));
  client.Close();
  EXPECT_THAT(store_->AwaitRelease(), IsEmpty());
}

TEST_F(SessionTest, FailedUpdateIsToldAtQuit) {
  Start(Messages(3, 100));
  store_->refuse_release = true;
  Client client(gateway_->port());
  client.LogIn();
  EXPECT_THAT(client.Command("DELE 1"), StartsWith("+OK"));
  EXPECT_THAT(client.Command("QUIT"), StartsWith("-ERR [SYS/TEMP] "));
  EXPECT_EQ(client.Line(), "<end>");
}

TEST_F(SessionTest, LockedMaildropIsInUse) {
  Start(Messages(1, 100));
  store_->in_use = true;
  Client client(gateway_->port());
  EXPECT_THAT(client.Command("USER alice@example.org"), StartsWith("+OK"));
  EXPECT_THAT(client.Command("PASS secret"), StartsWith("-ERR [IN-USE] "));
  EXPECT_THAT(client.Command("STAT"), StartsWith("-ERR"));
  store_->in_use = false;
  client.LogIn();
}

TEST_F(SessionTest, LostLockEndsTheSession) {
  Start(Messages(1, 100));
  store_->lease_seconds = 1;
  store_->lose_lock = true;
  Client client(gateway_->port());
  client.LogIn();
  EXPECT_THAT(client.Line(), StartsWith("-ERR [SYS/TEMP] "));
  EXPECT_EQ(client.Line(), "<end>");
}

TEST_F(SessionTest, IdleSessionKeepsItsLock) {
  Start(Messages(1, 100));
  store_->lease_seconds = 3;
  Client client(gateway_->port());
  client.LogIn();
  store_->AwaitRenewals(2);
  EXPECT_THAT(client.Command("NOOP"), StartsWith("+OK"));
}

TEST_F(SessionTest, MessageGoesOnAfterALostReplica) {
  Start({Message(1, 1000000), Message(2, 100)});
  store_->cuts = 3;
  Client client(gateway_->port());
  client.LogIn();
  EXPECT_EQ(client.Command("RETR 1"), absl::StrCat("+OK ", messages_[0].size(), " octets"));
  EXPECT_TRUE(client.Lines() == messages_[0]);
  EXPECT_THAT(client.Command("RETR 2"), StartsWith("+OK"));
  EXPECT_EQ(client.Lines(), messages_[1]);
}

TEST_F(SessionTest, OutageWithinAMessageEndsTheConnectionWithoutTerminator) {
  Start({Message(1, 1000000)});
  store_->cuts = 1;
  store_->store_away = true;
  Client client(gateway_->port());
  client.LogIn();
  EXPECT_THAT(client.Command("RETR 1"), StartsWith("+OK"));
  EXPECT_TRUE(client.Lines().ends_with("<end>"));
}

TEST_F(SessionTest, StoreAwayIsATemporaryError) {
  Start(Messages(2, 100));
  Client client(gateway_->port());
  client.LogIn();
  store_->store_away = true;
  EXPECT_THAT(client.Command("RETR 1"), StartsWith("-ERR [SYS/TEMP] "));
  store_->store_away = false;
  EXPECT_THAT(client.Command("RETR 1"), StartsWith("+OK"));
  EXPECT_EQ(client.Lines(), messages_[0]);
}

TEST_F(SessionTest, GoneMessageFailsAlone) {
  Start(Messages(6, 100));
  store_->gone_uid = 3;
  Client client(gateway_->port());
  client.LogIn();
  for (int i = 1; i <= 6; ++i) {
    const std::string answer = client.Command(absl::StrCat("RETR ", i));
    if (i == 3) {
      EXPECT_THAT(answer, StartsWith("-ERR"));
    } else {
      EXPECT_THAT(answer, StartsWith("+OK"));
      EXPECT_EQ(client.Lines(), messages_[static_cast<size_t>(i - 1)]);
    }
  }
}

TEST_F(SessionTest, SaslExchanges) {
  Start(Messages(1, 100));
  for (const char* commands : {"AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHNlY3JldA==\r\n",
                               "AUTH plain\r\nAGFsaWNlQGV4YW1wbGUub3JnAHNlY3JldA==\r\n",
                               "AUTH LOGIN\r\nYWxpY2VAZXhhbXBsZS5vcmc=\r\nc2VjcmV0\r\n"}) {
    Client client(gateway_->port());
    client.Send(commands);
    std::string line = client.Line();
    while (line.starts_with("+ ")) {
      line = client.Line();
    }
    EXPECT_THAT(line, StartsWith("+OK Maildrop has 1")) << commands;
    client.Command("QUIT");
  }
  Client client(gateway_->port());
  EXPECT_EQ(client.Command("AUTH PLAIN"), "+ ");
  EXPECT_EQ(client.Command("*"), "-ERR Authentication cancelled");
  EXPECT_EQ(client.Command("AUTH PLAIN"), "+ ");
  EXPECT_EQ(client.Command("not base64!"), "-ERR Invalid BASE64");
  EXPECT_THAT(client.Command("AUTH GSSAPI"), StartsWith("-ERR Mechanism"));
  EXPECT_THAT(client.Command("AUTH"), StartsWith("+OK"));
  EXPECT_EQ(client.Lines(), "PLAIN\r\nLOGIN\r\n");
  client.LogIn();
  EXPECT_THAT(client.Command("AUTH PLAIN"), StartsWith("-ERR"));
}

TEST_F(SessionTest, GuessingEndsTheConnection) {
  Start(Messages(1, 100));
  Client client(gateway_->port());
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(client.Command("PASS secret"), StartsWith("-ERR"));
    EXPECT_THAT(client.Command("USER alice@example.org"), StartsWith("+OK"));
    EXPECT_EQ(client.Command("PASS wrong"), "-ERR [AUTH] Authentication failed");
  }
  EXPECT_EQ(client.Line(), "<end>");
}

TEST_F(SessionTest, HostileLines) {
  Start(Messages(1, 100));
  Client client(gateway_->port());
  // RFC 2449 4: 255 octets with CRLF pass, one more does not.
  EXPECT_THAT(client.Command("USER " + std::string(248, 'a')), StartsWith("+OK"));
  EXPECT_EQ(client.Command("USER " + std::string(249, 'a')), "-ERR Line too long");
  EXPECT_EQ(client.Command(std::string(60000, 'a')), "-ERR Line too long");
  EXPECT_THAT(client.Command(std::string("USER a\0b", 8)), StartsWith("-ERR"));
  EXPECT_THAT(client.Command(""), StartsWith("-ERR"));
  EXPECT_THAT(client.Command("STAT"), StartsWith("-ERR"));
  client.Send("NOOP\nCAPA\n");  // bare LF, as people type it
  EXPECT_THAT(client.Line(), StartsWith("-ERR"));
  EXPECT_THAT(client.Line(), StartsWith("+OK"));
  EXPECT_THAT(client.Lines(), HasSubstr("PIPELINING\r\n"));
  std::string line;
  int refused = 0;
  while ((line = client.Command("HELO there")) != "<end>") {
    EXPECT_EQ(line, "-ERR Unknown command");
    ASSERT_LT(++refused, 30);
  }
}

TEST_F(SessionTest, EndlessLineEndsTheConnection) {
  Start(Messages(1, 100));
  Client client(gateway_->port());
  client.Send(std::string(1000000, 'a'));
  std::string line = client.Line();
  if (line != "<end>") {  // the reset may overtake the reply
    EXPECT_EQ(line, "-ERR Line too long");
    EXPECT_EQ(client.Line(), "<end>");
  }
}

TEST_F(SessionTest, InputBehindStlsIsNotTakenForTls) {
  Start(Messages(1, 100));
  Client client(gateway_->port());
  client.Send("STLS\r\nUSER alice@example.org\r\n");
  EXPECT_EQ(client.Line(), "<end>");
}

TEST_F(SessionTest, LoginDeadlineHoldsWhateverIsSent) {
  Start(Messages(1, 100), {"--login_deadline_seconds=1"});
  Client client(gateway_->port());
  std::string line;
  do {
    line = client.Command("CAPA");
    if (line.starts_with("+OK")) {
      client.Lines();
    }
  } while (line != "<end>");
}

TEST_F(SessionTest, DrainTakesLeaveAndGivesTheLockBack) {
  Start(Messages(1, 100));
  Client client(gateway_->port());
  client.LogIn();
  EXPECT_THAT(client.Command("DELE 1"), StartsWith("+OK"));
  gateway_->Drain();
  EXPECT_THAT(client.Line(), StartsWith("-ERR [SYS/TEMP] "));
  EXPECT_EQ(client.Line(), "<end>");
  EXPECT_THAT(store_->AwaitRelease(), IsEmpty());
  EXPECT_EQ(gateway_->AwaitExit(), 0);
}

TEST_F(SessionTest, DrainWaitsForNoRestOfALine) {
  Start(Messages(1, 100));
  Client command(gateway_->port());
  command.LogIn();
  command.Send("NOOP\r\nNO");
  EXPECT_THAT(command.Line(), StartsWith("+OK"));
  Client sasl(gateway_->port());
  EXPECT_EQ(sasl.Command("AUTH PLAIN"), "+ ");
  sasl.Send("AGFs");
  gateway_->Drain();
  for (Client* client : {&command, &sasl}) {
    EXPECT_THAT(client->Line(), StartsWith("-ERR [SYS/TEMP] "));
    EXPECT_EQ(client->Line(), "<end>");
  }
  EXPECT_EQ(gateway_->AwaitExit(), 0);
}

}  // namespace
}  // namespace posthorn::pop3
