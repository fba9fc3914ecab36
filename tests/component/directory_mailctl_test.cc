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
