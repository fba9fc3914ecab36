#include "imap-gateway/session/command_reader.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/parser/append_arguments.h"
#include "imap-gateway/parser/trailing_literal.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/refusals.h"

namespace posthorn::imap {
namespace {

// RFC 7888 5: the largest non-synchronizing literal of LITERAL-.
constexpr std::uint64_t kMaxMinus = 4096;

// For a refusal: the tag of an unfinished command, "*" if it has none.
std::string TagOf(const std::string& text) {
  Scanner scanner(text);
  const absl::string_view tag = scanner.Tag();
  return scanner.ok() ? std::string(tag) : "*";
}

}  // namespace

asio::awaitable<void> CommandReader::Bye(std::string code, std::string text) {
  absl::StrAppend(&output_.buffer(), "* BYE ", code.empty() ? "" : absl::StrCat("[", code, "] "),
                  text, "\r\n");
  co_await output_.Flush();
}

asio::awaitable<void> CommandReader::ByeAfter(const absl::Status& failure) {
  if (!absl::IsDeadlineExceeded(failure)) {
    co_return;  // the client is gone
  }
  if (stream_.DrainIsOver()) {
    co_await Bye("UNAVAILABLE", "Server shutting down");
    co_return;
  }
  CountRefusal(Refusal::kTooSlow);
  co_await Bye("", "Command took too long");
}

asio::awaitable<bool> CommandReader::Invite() {
  output_.buffer().append("+ OK\r\n");
  co_return co_await output_.Flush();
}

void CommandReader::BeginDeadline(const CommandLimits& limits) {
  until_ = limits.until;
  deadline_ = net::SteadyClock::now() + limits.timeout;
}

void CommandReader::AllowFor(std::uint64_t octets) {
  deadline_ += std::chrono::seconds(octets / kSlowestClient);
}

void CommandReader::SetDeadline() {
  stream_.ExpiresAt(until_ ? std::min(*until_, deadline_) : deadline_);
}

asio::awaitable<bool> CommandReader::Fill() {
  const bool flushed = co_await output_.Flush();
  if (!flushed) {
    co_return false;
  }
  SetDeadline();
  const absl::Status filled = co_await input_.Fill();
  if (!filled.ok()) {
    co_await ByeAfter(filled);
  }
  co_return filled.ok();
}

// Appends a line without its line end.
asio::awaitable<bool> CommandReader::ReadLine(const CommandLimits& limits, std::string& text) {
  if (!absl::StrContains(input_.data(), '\n')) {
    const bool flushed = co_await output_.Flush();
    if (!flushed) {
      co_return false;
    }
  }
  SetDeadline();
  const auto line = co_await input_.ReadLine(limits.line);
  if (!line.ok()) {
    if (absl::IsResourceExhausted(line.status())) {
      CountRefusal(Refusal::kLineTooLong);
      co_await Bye("CLIENTBUG", "Command line too long");
    } else {
      co_await ByeAfter(line.status());
    }
    co_return false;
  }
  if (!absl::EndsWith(*line, "\r\n")) {
    // A lone LF is no line end (RFC 3501 2.2): taking it for one would let text that passed a
    // client's check for CRLF become a command.
    CountRefusal(Refusal::kBareLineEnd);
    co_await Bye("CLIENTBUG", "Lines end in CRLF");
    co_return false;
  }
  absl::StrAppend(&text, line->substr(0, line->size() - 2));
  co_return true;
}

asio::awaitable<bool> CommandReader::ReadOctets(std::uint64_t octets, std::string& text) {
  AllowFor(octets);
  while (octets > 0) {
    if (input_.empty()) {
      const bool filled = co_await Fill();
      if (!filled) {
        co_return false;
      }
    }
    const std::size_t take = std::min<std::uint64_t>(octets, input_.data().size());
    absl::StrAppend(&text, input_.data().substr(0, take));
    input_.Consume(take);
    octets -= take;
  }
  co_return true;
}

asio::awaitable<bool> CommandReader::Drain(std::uint64_t octets) {
  AllowFor(octets);
  while (octets > 0) {
    if (input_.empty()) {
      const bool filled = co_await Fill();
      if (!filled) {
        co_return false;
      }
    }
    const std::size_t take = std::min<std::uint64_t>(octets, input_.data().size());
    input_.Consume(take);
    octets -= take;
  }
  co_return true;
}

// RFC 7888 4: what follows a refused non-synchronizing literal is never taken for commands: it is
// read to the end of the command and thrown away, or the connection is closed. A synchronizing
// literal is not sent by the client once its command is refused.
asio::awaitable<bool> CommandReader::Discard(const CommandLimits& limits,
                                             std::optional<Scanner::LiteralHead> head) {
  BeginDeadline(limits);
  std::uint64_t budget = limits.drained_octets;
  bool in_text = !head;
  while (in_text || (head && head->non_synchronizing)) {
    if (!in_text) {
      if (head->size > budget) {
        CountRefusal(Refusal::kLiteralTooLarge);
        co_await Bye("TOOBIG", "Literal too large");
        co_return false;
      }
      budget -= head->size;
      const bool drained = co_await Drain(head->size);
      if (!drained) {
        co_return false;
      }
    }
    std::string line;
    const bool read = co_await ReadLine(limits, line);
    if (!read) {
      co_return false;
    }
    // A line of a command that goes on counts as well.
    budget -= std::min<std::uint64_t>(budget, line.size() + 1);
    head = TrailingLiteral(line);
    in_text = false;
  }
  co_return true;
}

asio::awaitable<CommandReader::Outcome> CommandReader::ReadText(const CommandLimits& limits,
                                                                RoleOf role_of, std::string& text,
                                                                Completion& refusal) {
  text.clear();
  BeginDeadline(limits);
  std::size_t literals = 0;
  std::uint64_t octets = 0;
  while (true) {
    // Only the line is looked at: a literal may itself end in what looks like a head.
    const std::size_t line_start = text.size();
    const bool read = co_await ReadLine(limits, text);
    if (!read) {
      co_return Outcome::kClosed;
    }
    const std::optional<Scanner::LiteralHead> head =
        TrailingLiteral(absl::string_view(text).substr(line_start));
    if (text.size() - octets > limits.line) {
      CountRefusal(Refusal::kLineTooLong);
      co_await Bye("CLIENTBUG", "Command too long");
      co_return Outcome::kClosed;
    }
    if (!head) {
      co_return Outcome::kCommand;
    }
    text.append("\r\n");
    if (limits.literal_minus && head->non_synchronizing && head->size > kMaxMinus) {
      CountRefusal(Refusal::kLiteralTooLarge);
      refusal = {Completion::Kind::kBad, "TOOBIG", "Literal too large for {n+}"};
      const bool discarded = co_await Discard(limits, *head);
      co_return discarded ? Outcome::kRefused : Outcome::kClosed;
    }
    const LiteralRole role = role_of(text);
    if (role == LiteralRole::kMessage) {
      unread_ = head;
      co_return Outcome::kMessage;
    }
    const bool valid = role != LiteralRole::kInvalid;
    if (!valid || ++literals > limits.literals || head->size > limits.literal_octets - octets) {
      CountRefusal(valid ? Refusal::kLiteralTooLarge : Refusal::kLiteralMisplaced);
      refusal = valid ? No("TOOBIG", "Literals too large or too many")
                      : Bad("A literal where there can be none");
      const bool discarded = co_await Discard(limits, *head);
      co_return discarded ? Outcome::kRefused : Outcome::kClosed;
    }
    if (!head->non_synchronizing) {
      const bool invited = co_await Invite();
      if (!invited) {
        co_return Outcome::kClosed;
      }
    }
    octets += head->size;
    const bool got = co_await ReadOctets(head->size, text);
    if (!got) {
      co_return Outcome::kClosed;
    }
  }
}

asio::awaitable<CommandReader::Outcome> CommandReader::Read(const CommandLimits& limits,
                                                            std::string& text) {
  const auto role_of = [&limits](absl::string_view command) {
    return limits.messages ? RoleOfLiteral(command) : LiteralRole::kText;
  };
  Completion refusal;
  const Outcome outcome = co_await ReadText(limits, role_of, text, refusal);
  if (outcome == Outcome::kRefused) {
    AppendCompletion(output_.buffer(), TagOf(text), refusal);
  }
  co_return outcome;
}

asio::awaitable<CommandReader::Outcome> CommandReader::ReadOn(const CommandLimits& limits,
                                                              const AppendParser& messages,
                                                              std::string& text,
                                                              Completion& refusal) {
  const auto role_of = [&messages](absl::string_view rest) {
    return messages.RoleOfNext(WithoutTrailingHead(rest));
  };
  co_return co_await ReadText(limits, role_of, text, refusal);
}

}  // namespace posthorn::imap
