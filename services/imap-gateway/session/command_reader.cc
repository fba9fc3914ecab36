#include "imap-gateway/session/command_reader.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/parser/append_arguments.h"
#include "imap-gateway/parser/trailing_literal.h"
#include "imap-gateway/response/completion.h"

namespace posthorn::imap {
namespace {

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

asio::awaitable<bool> CommandReader::Invite() {
  output_.buffer().append("+ OK\r\n");
  co_return co_await output_.Flush();
}

// Appends a line without its line end.
asio::awaitable<bool> CommandReader::ReadLine(const CommandLimits& limits, std::string& text) {
  stream_.ExpiresAfter(limits.timeout);
  const auto line = co_await input_.ReadLine(limits.line);
  if (!line.ok()) {
    if (absl::IsResourceExhausted(line.status())) {
      co_await Bye("CLIENTBUG", "Command line too long");
    } else if (absl::IsDeadlineExceeded(line.status())) {
      co_await Bye("", "Command took too long");
    }
    co_return false;
  }
  if (!absl::EndsWith(*line, "\r\n")) {
    // A lone LF is no line end (RFC 3501 2.2): taking it for one would let text that passed a
    // client's check for CRLF become a command.
    co_await Bye("CLIENTBUG", "Lines end in CRLF");
    co_return false;
  }
  absl::StrAppend(&text, line->substr(0, line->size() - 2));
  co_return true;
}

asio::awaitable<bool> CommandReader::ReadOctets(const CommandLimits& limits, std::uint64_t octets,
                                                std::string& text) {
  while (octets > 0) {
    if (input_.empty()) {
      stream_.ExpiresAfter(limits.timeout);
      const absl::Status filled = co_await input_.Fill();
      if (!filled.ok()) {
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
  while (octets > 0) {
    if (input_.empty()) {
      stream_.ExpiresAfter(std::chrono::seconds(60));
      const absl::Status filled = co_await input_.Fill();
      if (!filled.ok()) {
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
// read to the end of the command and thrown away, or the connection is closed.
asio::awaitable<CommandReader::Outcome> CommandReader::Refuse(const CommandLimits& limits,
                                                              const std::string& text,
                                                              Scanner::LiteralHead head,
                                                              Completion refusal) {
  std::uint64_t budget = limits.drained_octets;
  std::optional<Scanner::LiteralHead> next = head;
  while (next && next->non_synchronizing) {
    if (next->size > budget) {
      co_await Bye("TOOBIG", "Literal too large");
      co_return Outcome::kClosed;
    }
    budget -= next->size;
    const bool drained = co_await Drain(next->size);
    std::string line;
    const bool read = drained && co_await ReadLine(limits, line);
    if (!read) {
      co_return Outcome::kClosed;
    }
    budget -= std::min<std::uint64_t>(budget, line.size());
    next = TrailingLiteral(line);
  }
  // A synchronizing literal is not sent by the client once its command is refused.
  AppendCompletion(output_.buffer(), TagOf(text), refusal);
  co_return Outcome::kRefused;
}

asio::awaitable<CommandReader::Outcome> CommandReader::Read(const CommandLimits& limits,
                                                            std::string& text) {
  text.clear();
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
      co_await Bye("CLIENTBUG", "Command too long");
      co_return Outcome::kClosed;
    }
    if (!head) {
      co_return Outcome::kCommand;
    }
    text.append("\r\n");
    const LiteralRole role = limits.messages ? RoleOfLiteral(text) : LiteralRole::kText;
    if (role == LiteralRole::kMessage) {
      co_return Outcome::kMessage;
    }
    if (role == LiteralRole::kInvalid) {
      co_return co_await Refuse(limits, text, *head, Bad("Invalid arguments of APPEND"));
    }
    if (++literals > limits.literals || head->size > limits.literal_octets - octets) {
      co_return co_await Refuse(limits, text, *head,
                                No("TOOBIG", "Literals too large or too many"));
    }
    if (!head->non_synchronizing) {
      const bool invited = co_await Invite();
      if (!invited) {
        co_return Outcome::kClosed;
      }
    }
    octets += head->size;
    const bool got = co_await ReadOctets(limits, head->size, text);
    if (!got) {
      co_return Outcome::kClosed;
    }
  }
}

}  // namespace posthorn::imap
