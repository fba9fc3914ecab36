// The mailctl program itself against a replica.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "directory_fixture.h"

namespace posthorn::testing_support {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  int code = -1;
  std::string output;  // stdout and stderr
};

class MailctlTest : public DirectoryTest {
 protected:
  MailctlTest() : files_(authority_.Issue("mailctl")) {}

  // `input` is written to a file that is stdin. No quotes in arguments.
  Outcome Mailctl(const std::string& arguments, const std::string& input = "") {
    const std::string stdin_path = authority_.directory() + "/stdin";
    std::ofstream(stdin_path, std::ios::binary) << input;
    const std::string command = absl::StrCat(
        POSTHORN_MAILCTL, " --mailstore=", address_.empty() ? server_.address() : address_,
        " --rpc_ca_file=", files_.ca, " --rpc_cert_file=", files_.cert,
        " --rpc_key_file=", files_.key, " ", arguments, " <", stdin_path, " 2>&1");
    Outcome outcome;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> block;
    while (const size_t got = std::fread(block.data(), 1, block.size(), pipe)) {
      outcome.output.append(block.data(), got);
    }
    const int status = ::pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
  }
  void Expect(const std::string& arguments, int code, const std::string& output,
              const std::string& input = "") {
    const Outcome outcome = Mailctl(arguments, input);
    EXPECT_EQ(outcome.code, code) << arguments;
    EXPECT_EQ(outcome.output, output) << arguments;
  }

  rpc::CertificateFiles files_;
  std::string address_;
};

TEST_F(MailctlTest, AnAccountFromNothing) {
  Expect("health", 0,
         absl::StrCat("mailstore", std::string(server_.address().size() - 9 + 2, ' '), "state\n",
                      server_.address(), "  serving\n"));
  Expect("account list", 0, "");
  Expect("account add alice@example.org", 0, "account alice@example.org added\n", "secret\n");
  EXPECT_TRUE(Login("alice@example.org", "secret").ok());
  Expect("account list", 0,
         "address            messages  used  quota\n"
         "alice@example.org         0     0      0\n");
  Expect("account quota alice@example.org 2K", 0,
         "quota of alice@example.org set to 2048 octets\n");
  Expect("account list example.org --json", 0,
         "[\n {\"address\": \"alice@example.org\", \"messages\": 0, \"used\": 0, \"quota\": "
         "2048}\n]\n");
  Expect("account passwd alice@example.org", 0, "password of alice@example.org set\n", "next");
  EXPECT_TRUE(Login("alice@example.org", "next").ok());
  EXPECT_THAT(Mailctl("mailbox list alice@example.org").output, HasSubstr("\nINBOX "));
  Expect("domain list", 0, "domain\nexample.org\n");
  Expect("alias add info@example.org alice@example.org", 0,
         "alias info@example.org to alice@example.org added\n");
  Expect("alias list", 0, "address           target\ninfo@example.org  alice@example.org\n");
  Expect("alias remove info@example.org", 0, "alias info@example.org removed\n");
  Expect("account remove alice@example.org", 0, "account alice@example.org removed\n");
  Expect("domain remove example.org", 0, "domain example.org removed\n");
}

TEST_F(MailctlTest, ABatchOfAccounts) {
  std::string input;
  for (int i = 0; i < 1'200; ++i) {
    absl::StrAppend(&input, "user", i, "@example.org\tsecret ", i, "\n");
  }
  Expect("account add --batch --quota=1G", 0, "1200 accounts added\n", input);
  EXPECT_TRUE(Login("user1199@example.org", "secret 1199").ok());
  EXPECT_EQ(Value("SELECT count(*) FROM account WHERE quota_bytes = 1073741824"), "1200");
  const Outcome again =
      Mailctl("account add --batch", "new@example.org\tx\nuser3@example.org\tx\n");
  EXPECT_EQ(again.code, 1);
  EXPECT_EQ(again.output,
            "mailctl: user3@example.org exists already (0 of 2 accounts were made)\n");
  const Outcome listed = Mailctl("account list --json");
  EXPECT_EQ(std::count(listed.output.begin(), listed.output.end(), '{'), 1'200);
}

TEST_F(MailctlTest, TheQueue) {
  Execute(
      "INSERT INTO queue_message VALUES (4611686018427387904, 7, 1000, 9000, 0, 20, 0, 0, false, "
      "'', '<m@x>', '', ''); INSERT INTO queue_recipient (recipient_id, account_id, blob_id, "
      "next_attempt_at, priority, notify, site, forward_path, original_recipient, diagnostic) "
      "VALUES (1, 4611686018427387904, 7, 9000000, 0, 0, 'one.example', 'a@one.example', '', "
      "'450 later'); INSERT INTO queue_site (site, next_due) VALUES ('one.example', 0); "
      "INSERT INTO delivery_log VALUES (1000000, 7, 1, 0, 'queued', '', 'a@one.example', '', '', "
      "'', '', '', '<m@x>')");
  Expect("queue list", 0,
         "id  state    size  queued                next                  attempts  sender  "
         "recipient      site         diagnostic\n"
         " 7  waiting    20  1970-01-01T00:16:40Z  1970-01-01T02:30:00Z         0  <>      "
         "a@one.example  one.example  450 later\n"
         "1 recipients of 1 messages\n");
  Expect("queue list --to=b@one.example", 0, "");
  EXPECT_THAT(Mailctl("queue list --json").output, HasSubstr("\"recipient\": \"a@one.example\""));
  Expect("queue hold", 2, "mailctl: which? Give an ID, --site, --from or --to\n");
  Expect("queue hold x", 2, "mailctl: x is not the number of a message\n");
  Expect("queue hold 7", 0, "1 recipients held\n");
  EXPECT_THAT(Mailctl("queue list --site one.example").output, HasSubstr(" held "));
  Expect("queue release --to a@one.example", 0, "1 recipients released\n");
  Expect("queue retry --site=one.example", 0, "1 recipients due now\n");
  Expect("queue bounce --from=\"<>\"", 0, "1 recipients to be returned\n");
  Expect("queue remove 7", 0, "1 recipients removed\n");
  const Outcome shown = Mailctl("queue show 7");
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.output, StartsWith("not in the queue any more\n"));
  EXPECT_THAT(shown.output, HasSubstr("by an administrator"));
  EXPECT_EQ(Mailctl("queue show 8").code, 1);
  EXPECT_THAT(Mailctl("queue log @one.example --limit=1 --json").output, HasSubstr("removed"));
  Expect("site suspend one.example", 0, "site one.example suspended\n");
  EXPECT_THAT(Mailctl("site list").output, HasSubstr("suspended"));
  Expect("site resume one.example", 0, "site one.example resumed\n");
}

TEST_F(MailctlTest, Routes) {
  Expect("route set smart relay.example:587 --to=* --tls=verified --user=me", 0,
         "mail to * goes to relay.example:587\n", "secret\n");
  Expect("route set inside [192.0.2.1]:24 --from=example.org --lmtp", 0,
         "mail from example.org goes to [192.0.2.1]:24\n");
  Expect("route list", 0,
         "mail              name    host           port  protocol  tls            user\n"
         "from example.org  inside  [192.0.2.1]      24  lmtp      opportunistic  \n"
         "to *              smart   relay.example   587  smtp      verified       me\n");
  Expect("route set smart relay.example --to=*", 2,
         "mailctl: a route leads to HOST:PORT; an address stands in brackets, [192.0.2.1]:25\n");
  Expect("route set smart relay.example:25", 2,
         "mailctl: a route is for --to=DOMAIN or for --from=DOMAIN\n");
  Expect("route set smart relay.example:25 --to=* --tls=maybe", 2,
         "mailctl: --tls is opportunistic, none, required, verified or implicit\n");
  Expect("route remove --to=*", 0, "route of mail to * removed\n");
  Expect("route remove --to=*", 1, "mailctl: there is no such route\n");
}

TEST_F(MailctlTest, KeysOfADomainAndItsRecords) {
  Expect("domain add example.org", 0, "domain example.org added\n");
  EXPECT_EQ(Value("SELECT count(*) FROM dkim_key WHERE state = 2"), "2");
  const Outcome zone = Mailctl("dns Example.org --hostname=mx.example.net");
  EXPECT_EQ(zone.code, 0);
  EXPECT_THAT(zone.output, HasSubstr("IN MX 10 mx.example.net.\n"));
  EXPECT_THAT(zone.output, HasSubstr("r._domainkey.example.org. "));
  EXPECT_THAT(zone.output, HasSubstr("\"v=DKIM1; k=ed25519; p="));
  const Outcome rotated = Mailctl("dkim rotate example.org");
  EXPECT_EQ(rotated.code, 0);
  EXPECT_THAT(rotated.output, HasSubstr("r2._domainkey.example.org. "));
  EXPECT_EQ(Value("SELECT string_agg(selector, ' ') FROM dkim_key WHERE state = 2 AND selector "
                  "LIKE '%2'"),
            "");
  EXPECT_EQ(Mailctl("dkim sign example.org").code, 0);
  EXPECT_EQ(Value("SELECT count(*) FROM dkim_key WHERE (state = 2) = (selector ~ '[re]2$')"), "4");
  Expect("dkim sign example.org", 1, "mailctl: example.org has no key that waits to sign\n");
  Expect("dkim add example.org --algorithm=dsa", 2, "mailctl: --algorithm is rsa or ed25519\n");
  EXPECT_THAT(Mailctl("dkim add example.org --algorithm=ed25519 --selector=mine --sign").output,
              StartsWith("mine._domainkey.example.org. "));
  Expect("dkim remove example.org mine", 1, "mailctl: key mine signs; retire it\n");
  Expect("dkim retire example.org mine", 0, "key mine of example.org retired\n");
  Expect("dkim remove example.org mine", 0, "key mine of example.org removed\n");
  EXPECT_THAT(Mailctl("dkim list example.org --json").output, HasSubstr("\"state\": \"signing\""));
  EXPECT_EQ(Mailctl("dns example.net").code, 1);
}

TEST_F(MailctlTest, LimitsWhatAnAccountSends) {
  ASSERT_TRUE(AddAccount("alice@example.org").ok());
  Expect("account limit alice@example.org 50", 0,
         "alice@example.org may send to 50 recipients a day\n");
  EXPECT_EQ(Value("SELECT recipients_per_day FROM sending_limit"), "50");
  Expect("account limit alice@example.org default", 0,
         "alice@example.org may send to as many recipients a day as others\n");
  Expect("account limit alice@example.org -1", 2,
         "mailctl: account limit takes a number of recipients, or default\n");
}

TEST_F(MailctlTest, SaysWhatIsWrong) {
  Expect("account remove nobody@example.org", 1,
         "mailctl: there is no account nobody@example.org\n");
  Expect("account add alice@example.org", 2, "mailctl: a password is expected on stdin\n");
  Expect("account add", 2, "mailctl: account add takes an address, or --batch\n");
  Expect("account add --batch", 2, "mailctl: line 1 is not an address, a tab and a password\n",
         "alice@example.org secret\n");
  Expect("account add a b", 2, "mailctl: usage: mailctl account add ADDRESS [--quota=SIZE]\n");
  Expect("account quota alice@example.org lots", 2,
         "mailctl: a size is a number of octets, or of K, M, G or T: 500M\n");
  Expect("frobnicate", 2, "mailctl: unknown command frobnicate; see mailctl help\n");
  EXPECT_EQ(Mailctl("account add nonsense", "secret").code, 1);
  EXPECT_EQ(Mailctl("help").code, 0);
  EXPECT_THAT(Mailctl("help").output, StartsWith("mailctl administers"));
}

TEST_F(MailctlTest, SaysThatMailstoreIsAway) {
  address_ = "127.0.0.1:1";
  const Outcome outcome = Mailctl("domain list");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.output, StartsWith("mailctl: mailstore at 127.0.0.1:1: "));
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1);
}

TEST_F(MailctlTest, AnotherServicesCertificateIsRefused) {
  files_ = authority_.Issue("imap-gateway");
  Expect("domain list", 1, "mailctl: the service imap-gateway may not call this method\n");
  EXPECT_EQ(Mailctl("health").code, 0);
}

}  // namespace
}  // namespace posthorn::testing_support
