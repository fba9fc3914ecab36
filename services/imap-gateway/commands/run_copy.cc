// COPY and MOVE, with the COPYUID of UIDPLUS.
#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/parser/partial_range.h"
#include "imap-gateway/session/message_limit.h"
#include "imap-gateway/session/updates.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

// RFC 4315 3; empty if nothing was copied.
std::string CopyUid(const v1::CopyMessagesResponse& response) {
  const NumberRanges source = FromProto(response.source_uids());
  if (source.empty()) {
    return "";
  }
  return absl::StrCat("COPYUID ", response.uidvalidity(), " ", FormatRanges(source), " ",
                      FormatRanges(FromProto(response.destination_uids())));
}

asio::awaitable<absl::Status> CopyOnce(Session& session, const NumberRanges& uids,
                                       std::string destination, bool move,
                                       v1::CopyMessagesResponse& response) {
  v1::CopyMessagesRequest request;
  *request.mutable_source() = session.selected().ref;
  *request.mutable_uids() = ToProto(uids);
  request.set_destination(std::move(destination));
  request.set_move(move);
  request.set_idempotency_key(gateway::NewIdempotencyKey());
  co_return co_await session.store().Call<v1::Message>(&MessageMethods::CopyMessages, request,
                                                       response);
}

Done Finish(Session& session, v1::CopyMessagesResponse response, bool move, Numbers numbers) {
  SelectedMailbox& mailbox = session.selected();
  if (SameMailbox(response.destination(), mailbox.ref)) {
    mailbox.stale = true;
  }
  const std::string code = CopyUid(response);
  const NumberRanges source = FromProto(response.source_uids());
  if (move && !code.empty()) {
    // RFC 6851 4.3: COPYUID is told before the messages go.
    absl::StrAppend(&session.out(), "* OK [", code, "] Moved\r\n");
    co_await TellExpunged(session, source);
  }
  if (numbers == Numbers::kSequence && source.empty()) {
    // Where only some are gone the answer is OK, and COPYUID says which were there: after a NO a
    // client would copy them again.
    mailbox.stale = true;
    co_return No("EXPUNGEISSUED", "The messages are gone");
  }
  Completion completion = Ok(move ? "Move completed" : "Copy completed");
  completion.code = move ? "" : code;
  if (move && !source.empty()) {
    // RFC 6851 4.3.
    co_await TellHighestModSeq(session, completion);
  }
  co_return completion;
}

// RFC 9738 3.1: the UID is the one down to which a set would have had as many messages as it may.
Completion TooMany(const NumberRanges& uids, std::uint32_t limit) {
  Completion refusal = TooManyMessages(limit);
  const NumberRanges some = TakePartial(uids, {.first = 1, .last = limit, .from_end = true});
  absl::StrAppend(&refusal.code, " ", some.front().first);
  return refusal;
}

Done Copy(Session& session, CopyArguments arguments, bool move, Numbers numbers) {
  SelectedMailbox& mailbox = session.selected();
  auto uids = UidsOf(arguments.set, mailbox.view, numbers);
  if (!uids.ok()) {
    co_return Bad(std::string(uids.status().message()));
  }
  if (move && mailbox.read_only) {
    co_return No("READ-ONLY", "Mailbox is read-only");
  }
  absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromDestinationStatus(name.status());
  }
  if (uids->empty()) {
    // Clients repeat a refused COPY or MOVE of vanished UIDs for ever.
    co_return Ok("No messages to copy");
  }
  // RFC 9738 3.1: a COPY is done whole or not at all, a MOVE may be done in part.
  const bool limited = move && LimitMessages(session, *uids);
  if (const std::uint32_t limit = SaveLimit(session); CountOf(*uids) > limit) {
    co_return TooMany(*uids, limit);
  }
  v1::CopyMessagesResponse response;
  const absl::Status status = co_await CopyOnce(session, *uids, *std::move(name), move, response);
  if (!status.ok()) {
    co_return FromDestinationStatus(status);
  }
  Completion completion = co_await Finish(session, std::move(response), move, numbers);
  if (limited) {
    co_return TellLimited(session, *uids, std::move(completion));
  }
  co_return completion;
}

}  // namespace

Done RunCopy(Session& session, CopyArguments arguments) {
  co_return co_await Copy(session, std::move(arguments), false, Numbers::kSequence);
}

Done RunUidCopy(Session& session, CopyArguments arguments) {
  co_return co_await Copy(session, std::move(arguments), false, Numbers::kUid);
}

Done RunMove(Session& session, CopyArguments arguments) {
  co_return co_await Copy(session, std::move(arguments), true, Numbers::kSequence);
}

Done RunUidMove(Session& session, CopyArguments arguments) {
  co_return co_await Copy(session, std::move(arguments), true, Numbers::kUid);
}

}  // namespace posthorn::imap
