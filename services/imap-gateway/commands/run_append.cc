#include <algorithm>

#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/store/append_stream.h"

namespace posthorn::imap {
namespace {

constexpr std::size_t kFrame = 128 * 1024;
// From this size on the store is asked before a synchronizing literal is invited.
constexpr std::uint64_t kAskFirst = 64 * 1024;
// Most of a refused non-synchronizing literal that is read and thrown away.
constexpr std::uint64_t kMaxDrain = 256ull << 20;
constexpr std::chrono::minutes kReadTimeout{3};

v1::AppendStart StartOf(AppendArguments& arguments, std::string mailbox) {
  v1::AppendStart start;
  start.set_mailbox(std::move(mailbox));
  start.set_flags(arguments.flags.system);
  for (std::string& keyword : arguments.flags.keywords) {
    start.add_keywords(std::move(keyword));
  }
  if (arguments.internal_date) {
    start.set_internal_date_unix_seconds(arguments.internal_date->unix_seconds);
  }
  start.set_size(arguments.message.size);
  start.set_idempotency_key(gateway::NewIdempotencyKey());
  return start;
}

// A refusal before anything was read of the literal. One that the client sends regardless is
// thrown away with the rest of the command (RFC 7888 4); a huge one is not waited for.
Done Refuse(Session& session, Scanner::LiteralHead head, Completion refusal) {
  if (!head.non_synchronizing) {
    co_return refusal;
  }
  if (head.size > kMaxDrain) {
    co_await session.Bye("TOOBIG", "Message too large");
    co_return refusal;
  }
  const bool drained = co_await session.reader().Drain(head.size);
  session.stream().ExpiresAfter(kReadTimeout);
  const bool ended = drained && (co_await session.input().ReadLine(1024)).ok();
  if (!ended) {
    session.Logout();
  }
  co_return refusal;
}

// The literal, frame by frame into the store. What the store refuses midway is still read to its
// end, for the next command stands behind it. Unavailable: the client is gone.
asio::awaitable<absl::Status> Transfer(Session& session, AppendStream& append, std::uint64_t left,
                                       absl::Status& refused) {
  while (left > 0) {
    if (session.input().empty()) {
      session.stream().ExpiresAfter(kReadTimeout);
      const absl::Status filled = co_await session.input().Fill();
      if (!filled.ok()) {
        co_return absl::UnavailableError("client is gone");
      }
    }
    const std::size_t take = std::min<std::uint64_t>({left, session.input().data().size(), kFrame});
    if (refused.ok()) {
      refused = co_await append.Write(session.input().data().substr(0, take));
    }
    session.input().Consume(take);
    left -= take;
  }
  co_return absl::OkStatus();
}

// The line end behind the literal (RFC 3501 6.3.11). False: the client is gone.
asio::awaitable<bool> ReadEnd(Session& session, bool& well_formed) {
  session.stream().ExpiresAfter(kReadTimeout);
  const auto line = co_await session.input().ReadLine(1024);
  if (!line.ok()) {
    co_return false;
  }
  well_formed = *line == "\r\n";
  co_return true;
}

Done Receive(Session& session, AppendStream& append, std::uint64_t size) {
  absl::Status refused;
  const absl::Status read = co_await Transfer(session, append, size, refused);
  bool well_formed = false;
  const bool ended = read.ok() && (co_await ReadEnd(session, well_formed));
  if (!ended) {
    session.Logout();
    co_return Bad("The message is not complete");
  }
  if (!well_formed) {
    co_return Bad("Unexpected text after the message");
  }
  if (refused.ok()) {
    refused = co_await append.Commit();
  }
  if (!refused.ok()) {
    co_return FromDestinationStatus(refused);
  }
  const v1::AppendResponse& response = append.response();
  if (session.has_selected() &&
      session.selected().ref.mailbox_id() == response.mailbox().mailbox_id()) {
    session.selected().stale = true;
  }
  Completion completion = Ok("Append completed");
  // RFC 4315 3.
  completion.code = absl::StrCat("APPENDUID ", response.uidvalidity(), " ", response.uid());
  co_return completion;
}

}  // namespace

Done RunAppend(Session& session, AppendArguments arguments) {
  const Scanner::LiteralHead head = arguments.message;
  absl::StatusOr<std::string> name = ExistingMailbox(arguments.mailbox);
  if (!name.ok()) {
    co_return co_await Refuse(session, head, FromDestinationStatus(name.status()));
  }
  if (head.size == 0) {
    co_return co_await Refuse(session, head, No("CANNOT", "An empty message cannot be added"));
  }
  if (head.size > session.services().gateway.max_message_bytes()) {
    co_return co_await Refuse(session, head, No("TOOBIG", "Message too large"));
  }
  AppendStream append(session.store(), StartOf(arguments, *std::move(name)));
  absl::Status status = co_await append.Begin();
  if (status.ok() && !head.non_synchronizing && head.size >= kAskFirst) {
    status = co_await append.Probe();
  }
  if (!status.ok()) {
    co_return co_await Refuse(session, head, FromDestinationStatus(status));
  }
  if (!head.non_synchronizing) {
    const bool invited = co_await session.reader().Invite();
    if (!invited) {
      co_return Bad("The client is gone");
    }
  }
  co_return co_await Receive(session, append, head.size);
}

}  // namespace posthorn::imap
