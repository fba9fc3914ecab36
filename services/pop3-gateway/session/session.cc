#include "pop3-gateway/session/session.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/gateway/login.h"
#include "common/log/log.h"
#include "pop3-gateway/protocol/command_line.h"
#include "pop3-gateway/protocol/error_reply.h"
#include "pop3-gateway/protocol/sasl_response.h"

namespace posthorn::pop3 {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr int kMostBadCommands = 20;
// A line that goes on for longer than this is not worth waiting for its end.
constexpr size_t kMostSkippedOctets = size_t{64} * 1024;

absl::string_view WithoutLineEnd(absl::string_view line) {
  absl::ConsumeSuffix(&line, "\n");
  absl::ConsumeSuffix(&line, "\r");
  return line;
}

}  // namespace

Session::Session(net::Stream& stream, const Context& context)
    : stream_(stream),
      context_(context),
      id_(gateway::NewSessionId()),
      login_deadline_(Clock::now() + context.login_deadline),
      input_(stream),
      output_(stream, context.autologout),
      store_(context.gateway.mailstore(), id_) {}

asio::awaitable<void> Session::Run() {
  std::exception_ptr defect;
  try {
    co_await Serve();
  } catch (const std::exception&) {
    defect = std::current_exception();
  }
  co_await GiveBackMaildrop();
  LogEnd();
  if (defect) {
    std::rethrow_exception(defect);
  }
}

asio::awaitable<void> Session::Serve() {
  // No <timestamp>: APOP is not offered (RFC 1939 7).
  Ok(absl::StrCat(context_.gateway.hostname(), " POP3 server ready"));
  while (!closing_ && co_await AwaitCommand()) {
    co_await HandleLine();
  }
  co_await Flush();
  stream_.Close();
}

asio::awaitable<bool> Session::AwaitCommand() {
  // Pipelined commands are answered together: what was gathered goes out when no whole command
  // waits, so that the client is never left without an answer.
  if (absl::StrContains(input_.data(), '\n') && !output_.ShouldFlush()) {
    co_return true;
  }
  co_return co_await AwaitLine(kMaxCommandOctets);
}

asio::awaitable<bool> Session::AwaitLine(size_t limit) {
  co_await Flush();
  SetReadDeadline();
  if (input_.empty()) {
    output_.Release();
  }
  while (!closing_ && !absl::StrContains(input_.data(), '\n') && input_.data().size() < limit) {
    // A drain ends the wait for the rest of a line too.
    net::Wait wait = net::Wait::kReadable;
    if (input_.empty()) {
      wait = co_await input_.WaitForInput();
    } else {
      wait = co_await stream_.WaitReadable();
    }
    if (wait == net::Wait::kReadable) {
      const absl::Status filled = co_await input_.Fill();
      if (!filled.ok() && stream_.DrainIsOver()) {
        EndOfWait(net::Wait::kDraining);
      } else if (!filled.ok()) {
        Close(absl::IsOutOfRange(filled) ? "client closed" : filled.message());
      }
    } else {
      EndOfWait(wait);
    }
  }
  co_return !closing_;
}

void Session::EndOfWait(net::Wait wait) {
  switch (wait) {
    case net::Wait::kReadable:
      break;
    case net::Wait::kWoken:
      if (lease_ != nullptr && lease_->lost()) {
        TakeLeave("The lock of the maildrop was lost, nothing was deleted", "lock lost");
      }
      break;
    case net::Wait::kDraining:
      TakeLeave("Shutting down, nothing was deleted", "drain");
      break;
    case net::Wait::kTimeout:
      // RFC 1939 3: the autologout closes without entering UPDATE and without a response.
      Close(state_ == kAuthorization ? "login deadline" : "autologout");
      break;
  }
}

asio::awaitable<void> Session::HandleLine() {
  const absl::StatusOr<absl::string_view> line = co_await input_.ReadLine(kMaxCommandOctets);
  if (line.ok()) {
    co_await Dispatch(WithoutLineEnd(*line));
  } else if (absl::IsResourceExhausted(line.status())) {
    co_await HandleLongLine();
  } else {
    Close(absl::IsOutOfRange(line.status()) ? "client closed" : line.status().message());
  }
}

asio::awaitable<void> Session::HandleLongLine() {
  const absl::Status skipped = co_await input_.SkipLine(kMostSkippedOctets);
  BadCommand("Line too long");
  if (!skipped.ok()) {
    Close("line too long");
  }
}

asio::awaitable<void> Session::Dispatch(absl::string_view line) {
  if (state_ == kAuthorization && Clock::now() >= login_deadline_) {
    // A client that never pauses is never waited for.
    Close("login deadline");
    co_return;
  }
  if (lease_ != nullptr && lease_->lost()) {
    TakeLeave("The lock of the maildrop was lost, nothing was deleted", "lock lost");
    co_return;
  }
  const absl::StatusOr<CommandLine> command = ParseCommandLine(line);
  if (!command.ok()) {
    BadCommand(command.status().message());
    co_return;
  }
  const CommandRow* row = FindCommand(command->keyword);
  if (row == nullptr) {
    BadCommand("Unknown command");
    co_return;
  }
  failed_ = false;
  if ((row->states & state_) == 0) {
    Fail(ResponseCode::kNone, state_ == kAuthorization ? "Log in first" : "Already logged in");
  } else {
    const absl::StatusOr<Arguments> arguments = row->parse(command->arguments);
    if (arguments.ok()) {
      co_await row->handle(*this, *arguments);
    } else {
      Fail(ResponseCode::kNone, arguments.status().message());
    }
  }
  context_.metrics.CountCommand(*row, failed_);
}

void Session::BadCommand(absl::string_view text) {
  context_.metrics.CountBadCommand();
  Fail(ResponseCode::kNone, text);
  if (++bad_commands_ >= kMostBadCommands) {
    Close("too many bad commands");
  }
}

void Session::SetReadDeadline() {
  if (state_ == kTransaction) {
    stream_.ExpiresAfter(context_.autologout);
  } else {
    stream_.ExpiresAt(login_deadline_);
  }
}

void Session::Ok(absl::string_view text) { AppendOk(text, &out()); }

void Session::Fail(ResponseCode code, absl::string_view text) {
  failed_ = true;
  AppendError(code, text, &out());
}

void Session::Fail(const absl::Status& error) {
  const ErrorReply reply = ReplyForError(error);
  if (reply.code == ResponseCode::kSysTemp || reply.code == ResponseCode::kSysPerm) {
    log::Warning("the store failed", {{"session", id_},
                                      {"code", absl::StatusCodeToString(error.code())},
                                      {"error", std::string(error.message())}});
  }
  Fail(reply.code, reply.text);
}

void Session::TakeLeave(absl::string_view text, absl::string_view reason) {
  // The client reads it as the response to its next command.
  Fail(ResponseCode::kSysTemp, text);
  Close(reason);
}

void Session::Close(absl::string_view reason) {
  if (!closing_) {
    closing_ = true;
    close_reason_ = std::string(reason);
  }
}

void Session::Abort(const absl::Status& error) {
  failed_ = true;
  log::Warning("the store failed within a message",
               {{"session", id_}, {"error", std::string(error.message())}});
  Close("the store failed");
}

asio::awaitable<void> Session::Flush() {
  const absl::Status written = co_await output_.Flush();
  if (!written.ok()) {
    Close(absl::IsDeadlineExceeded(written) ? "client does not read" : "client is gone");
  }
}

asio::awaitable<absl::StatusOr<std::string>> Session::ReadSaslLine() {
  if (!co_await AwaitLine(kMaxSaslOctets)) {
    co_return absl::CancelledError("the session ends");
  }
  const absl::StatusOr<absl::string_view> line = co_await input_.ReadLine(kMaxSaslOctets);
  if (!line.ok()) {
    Close("line too long");
    co_return line.status();
  }
  co_return std::string(WithoutLineEnd(*line));
}

bool Session::tls_offered() const { return state_ == kAuthorization && !stream_.is_tls(); }

bool Session::login_allowed() const { return gateway::Gateway::PasswordAllowed(stream_); }

asio::awaitable<void> Session::StartTls() {
  if (!input_.empty()) {
    // Octets that came in the clear would be taken for the client's words under TLS: the classic
    // command injection. No honest client sends them before the response (RFC 2595 4).
    Close("input after STLS");
    co_return;
  }
  Ok("Begin TLS negotiation");
  co_await Flush();
  if (closing_) {
    co_return;
  }
  SetReadDeadline();
  const absl::Status started = co_await stream_.StartTls(context_.gateway.tls().Current());
  if (!started.ok()) {
    Close("TLS handshake failed");
  }
  // RFC 2595 4: what was learnt in the clear is forgotten.
  user_.clear();
}

void Session::CountRetrieved(uint64_t octets) {
  ++retrieved_messages_;
  retrieved_octets_ += octets;
  context_.metrics.retrieved_messages.Increment();
  context_.metrics.retrieved_octets.Increment(static_cast<double>(octets));
}

void Session::LogEnd() const {
  log::Info("session ended", {{"session", id_},
                              {"peer", stream_.peer().address().to_string()},
                              {"account", store_.has_grant() ? store_.address() : std::string()},
                              {"tls", stream_.TlsVersion()},
                              {"reason", close_reason_},
                              {"retrieved_messages", retrieved_messages_},
                              {"retrieved_octets", retrieved_octets_}});
}

}  // namespace posthorn::pop3
