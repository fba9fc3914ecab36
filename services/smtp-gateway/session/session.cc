#include "smtp-gateway/session/session.h"

#include <algorithm>
#include <utility>

#include "common/gateway/login.h"
#include "common/log/log.h"
#include "smtp-gateway/commands/table.h"
#include "smtp-gateway/filter/milter_chain.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/session/milter_steps.h"

namespace posthorn::smtp {
namespace {

using net::SteadyClock;

// A command line that is kept between commands has at most this capacity.
constexpr size_t kKeptLine = 1024;
constexpr size_t kLingerOctets = 1024 * 1024;

constexpr Reply kDraining{421, "4.3.2", "Service is shutting down, try again later"};
constexpr Reply kIdle{421, "4.4.2", "Timeout, closing connection"};
constexpr Reply kTooSlow{421, "4.4.2", "Mail data come too slowly, closing connection"};
constexpr Reply kBareLineEnd{500, "5.5.2", "Lines must end in CRLF, closing connection"};
constexpr Reply kLineTooLong{500, "5.5.6", "Line too long, closing connection"};
constexpr Reply kBadCommand{500, "5.5.2", "Syntax error"};
constexpr Reply kUnknownCommand{500, "5.5.1", "Command unrecognized"};
constexpr Reply kOtherProtocol{554, "5.5.1", "This is an SMTP server"};
constexpr Reply kTooManyErrors{421, "4.7.0", "Too many errors, closing connection"};
constexpr Reply kTooManyUnknown{421, "4.7.0", "Too many unknown recipients, closing connection"};
constexpr Reply kTooManyCommands{421, "4.7.0", "Too many commands without mail"};
constexpr Reply kTooManyLogins{421, "4.7.0", "Too many failed logins"};
constexpr Reply kTooMuchDiscarded{421, "4.3.4", "Too much refused data, closing connection"};

// First words of other protocols that browsers can be tricked into sending here.
bool IsOtherProtocol(std::string_view verb) {
  for (const std::string_view word : {"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT"}) {
    if (EqualsIgnoreCase(verb, word)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Session::Session(const Server& server, const Port& port, net::Stream& stream)
    : server_(server),
      port_(port),
      stream_(stream),
      input_(stream),
      id_(gateway::NewSessionId()),
      xclient_allowed_(server.xclient_networks.Contains(stream.peer().address())) {}

Session::~Session() = default;

asio::awaitable<void> Session::Run() {
  log::Debug(
      "session begins",
      {{"session", id_}, {"listener", port_.name}, {"peer", stream_.peer().address().to_string()}});
  co_await Greet();
  while (!closing_) {
    const bool read = co_await ReadLine(server_.limits.command_line, &line_);
    if (read) {
      co_await Dispatch();
    }
  }
  transaction_.Reset();
  co_await TakeLeave();
  co_await EndMilters(*this);
  log::Debug("session ends", {{"session", id_}});
}

void Session::Send(uint16_t code, std::string_view status, std::string_view text) {
  if (first_code_ == 0) {
    first_code_ = code;
  }
  replies_.Append(code, status, text);
}

void Session::SendContinued(uint16_t code, std::string_view text) {
  replies_.AppendContinued(code, text);
}

void Session::SendAndClose(const Reply& reply) {
  Send(reply);
  closing_ = true;
  linger_ = true;
}

void Session::Abort() {
  closing_ = true;
  aborted_ = true;
}

asio::awaitable<bool> Session::Flush() {
  if (aborted_) {
    co_return false;
  }
  if (replies_.pending().empty()) {
    co_return true;
  }
  stream_.ExpiresAfter(server_.limits.write);
  const std::string_view pending = replies_.pending();
  const absl::Status written =
      co_await stream_.Write(absl::string_view(pending.data(), pending.size()));
  replies_.Clear();
  if (!written.ok()) {
    Abort();
  }
  co_return written.ok();
}

std::string_view Session::input() const {
  const absl::string_view data = input_.data();
  return {data.data(), data.size()};
}

asio::awaitable<bool> Session::ReadLine(size_t limit, std::string* line) {
  std::optional<SteadyClock::time_point> deadline;
  while (!closing_) {
    const LineResult found = FindLine(input(), limit);
    switch (found.status) {
      case LineStatus::kLine:
        line->assign(found.line);
        Consume(found.line.size() + 2);
        co_return true;
      case LineStatus::kTooLong:
        CountAbuse("line_too_long");
        SendAndClose(kLineTooLong);
        break;
      case LineStatus::kBareLineEnd:
        CountAbuse("bare_line_end");
        SendAndClose(kBareLineEnd);
        break;
      case LineStatus::kIncomplete:
        // One deadline for the whole line: octets that trickle in do not move it.
        if (!deadline) {
          deadline = SteadyClock::now() + server_.limits.command;
        }
        if (co_await Flush()) {
          co_await FillLine(*deadline);
        }
        break;
    }
  }
  co_return false;
}

asio::awaitable<void> Session::FillLine(SteadyClock::time_point deadline) {
  stream_.ExpiresAt(deadline);
  if (!transaction_.started) {
    // No buffer is held while the client idles, and a drain is noticed.
    const net::Wait wait = co_await input_.WaitForInput();
    if (wait == net::Wait::kDraining || wait == net::Wait::kTimeout) {
      SendAndClose(wait == net::Wait::kDraining ? kDraining : kIdle);
      co_return;
    }
    if (wait == net::Wait::kWoken) {
      co_return;
    }
  }
  // Within a transaction a drain ends the wait only when the client has had its time.
  const absl::Status filled = co_await input_.Fill();
  if (absl::IsDeadlineExceeded(filled)) {
    SendAndClose(stream_.DrainIsOver() ? kDraining : kIdle);
  } else if (!filled.ok()) {
    Abort();
  }
}

asio::awaitable<bool> Session::FillData(DataRate& rate) {
  const bool flushed = co_await Flush();
  if (!flushed) {
    co_return false;
  }
  const size_t before = input_.data().size();
  const auto began = SteadyClock::now();
  stream_.ExpiresAfter(server_.limits.data_block);
  const absl::Status filled = co_await input_.Fill();
  rate.Count(input_.data().size() - before, SteadyClock::now() - began);
  if (absl::IsDeadlineExceeded(filled) && stream_.DrainIsOver()) {
    SendAndClose(kDraining);
    co_return false;
  }
  if (absl::IsDeadlineExceeded(filled) || (filled.ok() && rate.TooSlow())) {
    CountAbuse("slow_data");
    SendAndClose(filled.ok() ? kTooSlow : kIdle);
    co_return false;
  }
  if (!filled.ok()) {
    Abort();
  }
  co_return filled.ok();
}

bool Session::Discard(uint64_t octets) {
  if (octets > server_.limits.discarded_octets - discarded_) {
    CountAbuse("discarded");
    SendAndClose(kTooMuchDiscarded);
    return false;
  }
  discarded_ += octets;
  return true;
}

asio::awaitable<void> Session::Dispatch() {
  const auto began = SteadyClock::now();
  first_code_ = 0;
  recipient_unknown_ = false;
  size_t row = Commands().size();
  CommandLine command;
  if (!ParseCommandLine(line_, &command)) {
    Send(kBadCommand);
  } else if (row = FindCommand(command.verb); row == Commands().size()) {
    if (IsOtherProtocol(command.verb)) {
      CountAbuse("other_protocol");
      SendAndClose(kOtherProtocol);
    } else {
      Send(kUnknownCommand);
    }
  } else if (NeedsAreMet(Commands()[row].needs, command.arguments)) {
    co_await Commands()[row].run(*this, command.arguments);
  }
  server_.metrics->CountCommand(row, first_code_, SteadyClock::now() - began);
  if (line_.capacity() > kKeptLine) {
    std::string().swap(line_);
  }
  CheckCounters();
}

// Limits on what a session does without getting mail through, and the drain.
void Session::CheckCounters() {
  const Limits& limits = server_.limits;
  if (first_code_ >= 500 && !recipient_unknown_) {
    ++errors_;
  }
  ++commands_without_mail_;
  if (closing_) {
    return;
  }
  if (errors_ > limits.errors) {
    CountAbuse("errors");
    SendAndClose(kTooManyErrors);
  } else if (unknown_recipients_ > limits.unknown_recipients && port_.role == Role::kMx) {
    CountAbuse("unknown_recipients");
    SendAndClose(kTooManyUnknown);
  } else if (failed_logins_ >= limits.failed_logins) {
    CountAbuse("failed_logins");
    SendAndClose(kTooManyLogins);
  } else if (!transaction_.started && commands_without_mail_ > limits.commands_without_mail) {
    CountAbuse("commands_without_mail");
    SendAndClose(kTooManyCommands);
  } else if (!transaction_.started && stream_.draining()) {
    SendAndClose(kDraining);
  }
}

void Session::BeginTransaction(Transaction transaction) {
  transaction_ = std::move(transaction);
  ++transactions_;
}

void Session::CountUnknownRecipient() {
  recipient_unknown_ = true;
  ++unknown_recipients_;
}

void Session::CountFailedLogin() { ++failed_logins_; }

void Session::CountMessage(int code) {
  server_.metrics->CountMessage(port_.name, code);
  if (code < 300) {
    errors_ = 0;
    commands_without_mail_ = 0;
  }
}

void Session::CountAbuse(const char* kind) {
  server_.metrics->CountAbuse(kind);
  log::Info("client broke the protocol", {{"session", id_},
                                          {"listener", port_.name},
                                          {"peer", stream_.peer().address().to_string()},
                                          {"kind", kind}});
}

asio::awaitable<void> Session::TakeLeave() {
  const bool flushed = co_await Flush();
  if (!flushed || !linger_) {
    co_return;
  }
  // Closing with unread input resets the connection, and the client may never see the reply.
  stream_.FinishWriting();
  stream_.ExpiresAfter(server_.limits.linger);
  for (size_t octets = 0; octets < kLingerOctets;) {
    octets += input_.data().size();
    input_.Consume(input_.data().size());
    const absl::Status filled = co_await input_.Fill();
    if (!filled.ok()) {
      co_return;
    }
  }
}

}  // namespace posthorn::smtp
