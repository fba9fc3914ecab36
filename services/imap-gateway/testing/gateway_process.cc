#include "imap-gateway/testing/gateway_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace posthorn::imap {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int FreePort() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(probe);
  return ntohs(address.sin_port);
}

int Connect(int port) {
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Loopback(port);
  if (::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(client);
    return -1;
  }
  const timeval patience{.tv_sec = 60, .tv_usec = 0};
  ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return client;
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

}  // namespace

GatewayProcess::GatewayProcess(testing_support::Authority& authority, int store_port,
                               std::vector<std::string> flags)
    : port_(FreePort()) {
  const int admin_port = FreePort();
  const rpc::CertificateFiles files = authority.Issue("imap-gateway");
  std::vector<std::string> arguments = {
      IMAP_GATEWAY_PROGRAM,
      absl::StrCat("--mailstore=127.0.0.1:", store_port),
      absl::StrCat("--listen_imap=127.0.0.1:", port_),
      "--listen_imaps=",
      absl::StrCat("--admin_listen=127.0.0.1:", admin_port),
      "--hostname=imap.example.org",
      "--dev_plaintext_auth",
      "--log_level=warning",
      absl::StrCat("--tls_cert_dir=", authority.directory()),
      absl::StrCat("--rpc_ca_file=", files.ca),
      absl::StrCat("--rpc_cert_file=", files.cert),
      absl::StrCat("--rpc_key_file=", files.key),
  };
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  for (int attempt = 0; attempt < 3000; ++attempt) {
    if (IsReady(admin_port)) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ADD_FAILURE() << "the gateway is not ready";
}

GatewayProcess::~GatewayProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void GatewayProcess::Drain() const { ::kill(pid_, SIGTERM); }

int GatewayProcess::AwaitExit() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Client::Client(int port) : socket_(Connect(port)) {
  EXPECT_TRUE(absl::StartsWith(Line(), "* OK [CAPABILITY IMAP4rev1 "));
}

Client::~Client() { ::close(socket_); }

void Client::Send(const std::string& octets) {
  size_t sent = 0;
  while (sent < octets.size()) {
    const ssize_t count = ::send(socket_, octets.data() + sent, octets.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) {
      return;  // what the server says before it closes is read next
    }
    sent += static_cast<size_t>(count);
  }
}

std::string Client::Line() {
  size_t end;
  while ((end = input_.find("\r\n")) == std::string::npos) {
    char buffer[65536];
    const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
    if (count < 0 && errno != ECONNRESET) {
      ADD_FAILURE() << "no line within the time";
    }
    if (count <= 0) {
      return "<end>";
    }
    input_.append(buffer, static_cast<size_t>(count));
  }
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 2);
  return line;
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
