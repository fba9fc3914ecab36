#include "pop3-gateway/testing/gateway_process.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

std::vector<std::string> WithUsual(const std::vector<std::string>& flags) {
  std::vector<std::string> all = {"--listen_pop3s=", "--hostname=pop.example.org",
                                  "--log_level=error"};
  all.insert(all.end(), flags.begin(), flags.end());
  return all;
}

}  // namespace

GatewayProcess::GatewayProcess(testing_support::Authority& authority, int store_port,
                               const std::vector<std::string>& flags)
    : testing_support::GatewayProcess(authority, "pop3-gateway", POP3_GATEWAY_PROGRAM,
                                      "listen_pop3", store_port, WithUsual(flags)) {}

Client::Client(int port) : LineClient(port) {
  EXPECT_EQ(Line(), "+OK pop.example.org POP3 server ready");
}

std::string Client::Lines() {
  std::string lines;
  for (std::string line = Line(); line != "."; line = Line()) {
    if (line == "<end>") {
      return lines + line;
    }
    absl::StrAppend(&lines, absl::StartsWith(line, ".") ? line.substr(1) : line, "\r\n");
  }
  return lines;
}

std::string Client::Command(const std::string& command) {
  Send(command + "\r\n");
  return Line();
}

void Client::LogIn() {
  EXPECT_EQ(Command("USER alice@example.org"), "+OK Send PASS");
  const std::string answer = Command("PASS secret");
  EXPECT_TRUE(absl::StartsWith(answer, "+OK")) << answer;
}

}  // namespace posthorn::pop3
