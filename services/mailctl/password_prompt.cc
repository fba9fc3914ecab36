#include "mailctl/password_prompt.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace posthorn::mailctl {
namespace {

constexpr size_t kMaxLine = 16 * 1024;

volatile sig_atomic_t interrupted = 0;
void OnSignal(int number) { interrupted = number; }

// No echo on the terminal as long as it lives. Signals that would leave the terminal mute end the
// read instead.
class NoEcho {
 public:
  NoEcho() {
    struct sigaction action = {};
    action.sa_handler = OnSignal;  // without SA_RESTART
    sigaction(SIGINT, &action, &old_interrupt_);
    sigaction(SIGTERM, &action, &old_terminate_);
    tcgetattr(STDIN_FILENO, &old_terminal_);
    termios quiet = old_terminal_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &old_terminal_);
    sigaction(SIGINT, &old_interrupt_, nullptr);
    sigaction(SIGTERM, &old_terminate_, nullptr);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios old_terminal_;
  struct sigaction old_interrupt_;
  struct sigaction old_terminate_;
};

// Octet by octet: what follows the line is not ours.
absl::StatusOr<std::string> ReadLine() {
  std::string line;
  for (;;) {
    char octet;
    const ssize_t got = ::read(STDIN_FILENO, &octet, 1);
    if (interrupted != 0) {
      return absl::CancelledError("interrupted");
    }
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0 || (got == 0 && line.empty())) {
      return absl::InvalidArgumentError("a password is expected on stdin");
    }
    if (got == 0 || octet == '\n') {
      break;
    }
    if (line.size() == kMaxLine) {
      return absl::InvalidArgumentError("the password is too long");
    }
    line.push_back(octet);
  }
  if (!line.empty() && line.back() == '\r') {
    line.pop_back();
  }
  return line;
}

absl::StatusOr<std::string> AskOnce(const std::string& prompt) {
  std::fputs(prompt.c_str(), stderr);
  std::fflush(stderr);
  const NoEcho no_echo;
  absl::StatusOr<std::string> line = ReadLine();
  std::fputc('\n', stderr);
  return line;
}

}  // namespace

absl::StatusOr<std::string> AskPassword(const std::string& whose) {
  if (::isatty(STDIN_FILENO) == 0) {
    return ReadLine();
  }
  absl::StatusOr<std::string> first = AskOnce(absl::StrCat("Password for ", whose, ": "));
  if (!first.ok()) {
    return first;
  }
  const absl::StatusOr<std::string> second = AskOnce("Again: ");
  if (!second.ok()) {
    return second;
  }
  if (*first != *second) {
    return absl::InvalidArgumentError("the two passwords differ");
  }
  return first;
}

absl::StatusOr<std::string> ReadStdin(size_t limit) {
  std::string text;
  char block[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, block, sizeof(block));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return absl::InvalidArgumentError("stdin cannot be read");
    }
    if (got == 0) {
      return text;
    }
    text.append(block, static_cast<size_t>(got));
    if (text.size() > limit) {
      return absl::OutOfRangeError(absl::StrCat("stdin is longer than ", limit, " octets"));
    }
  }
}

}  // namespace posthorn::mailctl
