#include "imap-gateway/append/append_transfer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "imap-gateway/append/url_part.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/parser/imap_url.h"
#include "imap-gateway/session/message_limit.h"

namespace posthorn::imap {
namespace {

constexpr std::size_t kFrame = 128 * 1024;
// From this size on the store is asked before a synchronizing literal is invited.
constexpr std::uint64_t kAskFirst = 64 * 1024;
// Most of a refused command that is read and thrown away.
constexpr std::uint64_t kMaxDrain = 256ull << 20;
// RFC 3502 has no limit; the store takes no more.
constexpr std::uint32_t kMaxMessages = 1000;

v1::AppendMessage MessageOf(const AppendParser& parser) {
  v1::AppendMessage message;
  message.set_flags(parser.flags().system);
  for (const std::string& keyword : parser.flags().keywords) {
    message.add_keywords(keyword);
  }
  if (parser.internal_date()) {
    message.set_internal_date_unix_seconds(parser.internal_date()->unix_seconds);
  }
  return message;
}

// RFC 4469 4.1, 5: the code names the URL; a "]" would end the code.
Completion BadUrl(absl::string_view url) {
  const std::string shown = absl::StrReplaceAll(url.substr(0, kMaxUrlOctets), {{"]", "%5D"}});
  return No(absl::StrCat("BADURL ", shown), "There is no such message or part");
}

}  // namespace

AppendTransfer::AppendTransfer(Session& session, v1::AppendStart start, std::string text, bool many)
    : session_(session),
      many_(many),
      stream_(session.store(), std::move(start)),
      scanner_(absl::string_view()) {
  SetText(std::move(text), session.reader().TakeUnread());
}

CommandLimits AppendTransfer::Limits() const {
  CommandLimits limits = session_.Limits();
  limits.drained_octets = kMaxDrain;
  return limits;
}

void AppendTransfer::SetText(std::string text, std::optional<Scanner::LiteralHead> literal) {
  text_ = std::move(text);
  scanner_ = Scanner(text_);
  pending_ = literal;
  in_octets_ = false;
}

void AppendTransfer::Fail(Completion completion) {
  if (!failure_) {
    failure_ = std::move(completion);
  }
}

void AppendTransfer::FailStore(const absl::Status& status) {
  if (!status.ok()) {
    Fail(FromDestinationStatus(status));
  }
}

void AppendTransfer::LoseClient() {
  lost_ = true;
  session_.Logout();
  Fail(SessionEnded());
}

asio::awaitable<Completion> AppendTransfer::Refuse(Completion refusal) {
  Fail(std::move(refusal));
  if (!lost_ && (pending_ || in_octets_)) {
    const bool usable = co_await session_.reader().Discard(Limits(), pending_);
    if (!usable) {
      session_.Logout();
    }
  }
  co_return *failure_;
}

asio::awaitable<std::optional<Completion>> AppendTransfer::Run() {
  while (!failure_ && !done_) {
    co_await RunStep();
  }
  if (!failure_) {
    FailStore(co_await stream_.Commit());
    if (!failure_) {
      co_return std::nullopt;
    }
  }
  co_return co_await Refuse(*failure_);
}

asio::awaitable<void> AppendTransfer::RunStep() {
  const AppendParser::Step step = parser_.Next(scanner_);
  if (!scanner_.ok()) {
    Fail(Bad(std::string(scanner_.status().message())));
    co_return;
  }
  switch (step) {
    case AppendParser::Step::kMessage:
      BeginMessage();
      break;
    case AppendParser::Step::kLiteral:
      co_await TakeLiteral(parser_.literal());
      break;
    case AppendParser::Step::kUrl:
      co_await TakeUrl(parser_.url());
      break;
    case AppendParser::Step::kEnd:
      EndMessage();
      done_ = true;
      break;
    case AppendParser::Step::kNeedsLiteral:
    case AppendParser::Step::kNeedsText:
      Fail(Bad("The message is missing"));
      break;
  }
}

// An empty message is what a client that gave up sends (RFC 3502 6.3.11).
void AppendTransfer::EndMessage() {
  if (octets_ == 0) {
    Fail(No("CANNOT", "An empty message cannot be added"));
  }
}

void AppendTransfer::BeginMessage() {
  const std::uint32_t limit = std::min(kMaxMessages, SaveLimit(session_));
  if (messages_ > 0) {
    EndMessage();
  }
  if (messages_ > 0 && !many_) {
    Fail(Bad("One message only"));
  } else if (messages_ >= limit) {
    // RFC 9738 3.1.
    Fail(TooManyMessages(limit));
  }
  ++messages_;
  octets_ = 0;
  announced_ = MessageOf(parser_);
}

bool AppendTransfer::FitsLimit(std::uint64_t more) {
  const std::uint64_t limit = session_.services().gateway.max_message_bytes();
  if (more > limit || octets_ + more > limit) {
    Fail(No("TOOBIG", "Message too large"));
    return false;
  }
  octets_ += more;
  return true;
}

// Tells the store of the message, now that its first octets are known. `size`: all of them, 0 if
// that is not known.
asio::awaitable<void> AppendTransfer::SendAnnounced(std::uint64_t size) {
  if (!announced_) {
    co_return;
  }
  v1::AppendMessage message = *std::exchange(announced_, std::nullopt);
  message.set_size(size);
  if (messages_ == 1) {
    FailStore(co_await stream_.Begin(std::move(message)));
  } else {
    FailStore(co_await stream_.Next(std::move(message)));
  }
}

asio::awaitable<void> AppendTransfer::TakeLiteral(Scanner::LiteralHead head) {
  if (!pending_) {
    Fail(Bad("A literal where there can be none"));
    co_return;
  }
  if (head.size == 0 && !parser_.catenates()) {
    EndMessage();
    co_return;
  }
  if (!FitsLimit(head.size)) {
    co_return;
  }
  co_await SendAnnounced(parser_.catenates() ? 0 : head.size);
  if (!failure_ && !head.non_synchronizing && head.size >= kAskFirst) {
    FailStore(co_await stream_.Probe());
  }
  if (failure_) {
    co_return;
  }
  if (!head.non_synchronizing) {
    const bool invited = co_await session_.reader().Invite();
    if (!invited) {
      LoseClient();
      co_return;
    }
  }
  co_await Transfer(head.size);
  if (!lost_ && !failure_) {
    co_await ReadOn();
  }
}

// The literal, frame by frame into the store. What the store refuses midway is still read to its
// end, for the rest of the command stands behind it.
asio::awaitable<void> AppendTransfer::Transfer(std::uint64_t left) {
  pending_.reset();
  in_octets_ = true;
  net::InputBuffer& input = session_.input();
  // Octets that trickle in do not move it.
  const auto deadline =
      net::SteadyClock::now() + Limits().timeout + std::chrono::seconds(left / kSlowestClient);
  while (left > 0) {
    if (input.empty()) {
      // Answers to commands before this one.
      co_await session_.output().Flush();
      session_.stream().ExpiresAt(deadline);
      const absl::Status filled = co_await input.Fill();
      if (!filled.ok()) {
        if (session_.stream().DrainIsOver()) {
          co_await session_.Bye("UNAVAILABLE", "Server shutting down");
        }
        LoseClient();
        co_return;
      }
    }
    const std::size_t take = std::min<std::uint64_t>({left, input.data().size(), kFrame});
    if (!failure_) {
      FailStore(co_await stream_.Write(input.data().substr(0, take)));
    }
    input.Consume(take);
    left -= take;
  }
}

asio::awaitable<void> AppendTransfer::ReadOn() {
  std::string text;
  Completion refusal;
  const CommandReader::Outcome outcome =
      co_await session_.reader().ReadOn(Limits(), parser_, text, refusal);
  switch (outcome) {
    case CommandReader::Outcome::kClosed:
      LoseClient();
      break;
    case CommandReader::Outcome::kRefused:
      in_octets_ = false;
      Fail(std::move(refusal));
      break;
    default:
      SetText(std::move(text), session_.reader().TakeUnread());
  }
}

asio::awaitable<void> AppendTransfer::TakeUrl(std::string url) {
  auto source = co_await OpenUrlPart(session_, url);
  if (!source.ok()) {
    const bool bad = absl::IsNotFound(source.status()) || absl::IsInvalidArgument(source.status());
    Fail(bad ? BadUrl(url) : FromStatus(source.status()));
    co_return;
  }
  if (!FitsLimit((*source)->size())) {
    co_return;
  }
  co_await SendAnnounced(0);
  while (!failure_ && (*source)->size() > 0) {
    const absl::StatusOr<std::string> octets = co_await (*source)->Next();
    if (!octets.ok()) {
      Fail(FromStatus(octets.status()));
      co_return;
    }
    FailStore(co_await stream_.Write(*octets));
  }
}

}  // namespace posthorn::imap
