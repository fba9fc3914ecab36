#include "imap-gateway/testing/gateway_process.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace posthorn::imap {
namespace {

std::vector<std::string> WithUsual(const std::vector<std::string>& flags) {
  std::vector<std::string> all = {"--listen_imaps=", "--hostname=imap.example.org",
                                  "--log_level=warning"};
  all.insert(all.end(), flags.begin(), flags.end());
  return all;
}

}  // namespace

GatewayProcess::GatewayProcess(testing_support::Authority& authority, int store_port,
                               const std::vector<std::string>& flags)
    : testing_support::GatewayProcess(authority, "imap-gateway", IMAP_GATEWAY_PROGRAM,
                                      "listen_imap", store_port, WithUsual(flags)) {}

Client::Client(int port) : LineClient(port) {
  EXPECT_TRUE(absl::StartsWith(Line(), "* OK [CAPABILITY IMAP4rev1 "));
}

std::string Client::Until(const std::string& prefix) {
  std::string lines;
  while (true) {
    const std::string line = Line();
    absl::StrAppend(&lines, line, "\r\n");
    if (line == "<end>" || absl::StartsWith(line, prefix)) {
      return lines;
    }
  }
}

std::string Client::Command(const std::string& command) {
  Send(absl::StrCat("t ", command, "\r\n"));
  return Until("t ");
}

void Client::LogIn() {
  const std::string answer = Command("LOGIN alice@example.org secret");
  EXPECT_TRUE(absl::StartsWith(answer, "t OK [CAPABILITY ")) << answer;
}

}  // namespace posthorn::imap
