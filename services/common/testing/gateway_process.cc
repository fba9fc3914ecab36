#include "common/testing/gateway_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/testing/child_state.h"
#include "common/testing/loopback.h"
#include "gtest/gtest.h"

namespace posthorn::testing_support {
namespace {

// Longer than a gateway's own limit for a drain.
constexpr std::chrono::milliseconds kExitLimit = std::chrono::minutes(2);

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool IsReady(int admin_port) {
  const int client = Connect(admin_port);
  if (client < 0) {
    return false;
  }
  const std::string request = "GET /healthz/ready HTTP/1.0\r\n\r\n";
  char buffer[512];
  ssize_t size = 0;
  if (::send(client, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    size = ::recv(client, buffer, sizeof buffer, 0);
  }
  ::close(client);
  return size > 0 &&
         absl::StrContains(absl::string_view(buffer, static_cast<size_t>(size)), " 200 ");
}

// The settings of whoever runs the test are none of the program's: it takes its own from the
// environment, and refuses names that it does not know.
std::vector<char*> EnvironmentWithoutSettings() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!absl::StartsWith(*entry, "POSTHORN_")) {
      kept.push_back(*entry);
    }
  }
  kept.push_back(nullptr);
  return kept;
}

pid_t StartProgram(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  const std::vector<char*> environment = EnvironmentWithoutSettings();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
  }
  return pid;
}

bool EndsWithin(pid_t pid, std::chrono::milliseconds limit) {
  pollfd process{
      .fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), .events = POLLIN, .revents = 0};
  const bool ended = ::poll(&process, 1, static_cast<int>(limit.count())) == 1;
  ::close(process.fd);
  return ended;
}

}  // namespace

GatewayProcess::GatewayProcess(Authority& authority, const std::string& service,
                               const std::string& program, const std::string& listen,
                               int store_port, const std::vector<std::string>& flags)
    : port_(FreePort()) {
  const int admin_port = FreePort();
  const rpc::CertificateFiles files = authority.Issue(service);
  std::vector<std::string> arguments = {
      program,
      absl::StrCat("--mailstore=127.0.0.1:", store_port),
      absl::StrCat("--", listen, "=127.0.0.1:", port_),
      absl::StrCat("--admin_listen=127.0.0.1:", admin_port),
      "--dev_plaintext_auth",
      absl::StrCat("--tls_cert_dir=", authority.directory()),
      absl::StrCat("--rpc_ca_file=", files.ca),
      absl::StrCat("--rpc_cert_file=", files.cert),
      absl::StrCat("--rpc_key_file=", files.key),
  };
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  pid_ = StartProgram(std::move(arguments));
  for (int attempt = 0; attempt < 3000; ++attempt) {
    if (IsReady(admin_port)) {
      return;
    }
    if (EndsWithin(pid_, std::chrono::milliseconds(10))) {
      ADD_FAILURE() << "the gateway has ended instead of serving";
      return;
    }
  }
  ADD_FAILURE() << "the gateway is not ready" << DescribeChildren();
}

GatewayProcess::~GatewayProcess() {
  if (pid_ <= 0) {
    return;
  }
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
    if (!drained_ || status != 0) {
      ADD_FAILURE() << "the gateway has ended by itself with " << ExitCode(status);
    }
    return;
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void GatewayProcess::Drain() {
  if (pid_ > 0) {
    drained_ = true;
    ::kill(pid_, SIGTERM);
  }
}

int GatewayProcess::AwaitExit() {
  if (pid_ <= 0 || !EndsWithin(pid_, kExitLimit)) {
    ADD_FAILURE() << "the gateway does not end" << DescribeChildren();
    return -1;
  }
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return ExitCode(status);
}

}  // namespace posthorn::testing_support
