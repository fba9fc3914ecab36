// APPEND with MULTIAPPEND, CATENATE and UTF8; REPLACE.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "imap-gateway/append/append_transfer.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/session/updates.h"

namespace posthorn::imap {
namespace {

v1::AppendStart StartOf(std::string mailbox) {
  v1::AppendStart start;
  start.set_mailbox(std::move(mailbox));
  start.set_idempotency_key(gateway::NewIdempotencyKey());
  return start;
}

// RFC 4315 3; RFC 3502 4: a set where several messages were added.
std::string AppendUid(const v1::AppendResponse& response) {
  const NumberRange uids{response.uid(), response.uid() + std::max(response.messages(), 1u) - 1};
  return absl::StrCat("APPENDUID ", response.uidvalidity(), " ", FormatRanges({uids}));
}

// New messages in the mailbox that is open are told at once.
void LookAgain(Session& session, const v1::MailboxRef& mailbox) {
  if (session.has_selected() && SameMailbox(session.selected().ref, mailbox)) {
    session.selected().stale = true;
  }
}

// The UID of the message to be replaced; 0 if there is none.
std::uint32_t ReplacedUid(const View& view, std::uint32_t number, Numbers numbers) {
  if (view.empty()) {
    return 0;
  }
  if (numbers == Numbers::kUid) {
    const std::uint32_t uid = number == 0 ? view.last_uid() : number;
    return view.SequenceNumberOf(uid) ? uid : 0;
  }
  const std::uint32_t position = number == 0 ? view.size() : number;
  if (position > view.size()) {
    return 0;
  }
  return view.UidAt(position);
}

Done Replace(Session& session, ReplaceArguments arguments, Numbers numbers) {
  const std::uint32_t uid = ReplacedUid(session.selected().view, arguments.number, numbers);
  absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  v1::AppendStart start = StartOf(name.ok() ? *name : "");
  *start.mutable_replaced()->mutable_mailbox() = session.selected().ref;
  start.mutable_replaced()->set_uid(uid);
  AppendTransfer transfer(session, std::move(start), std::move(arguments.messages), false);
  if (session.selected().read_only) {
    co_return co_await transfer.Refuse(No("READ-ONLY", "Mailbox is read-only"));
  }
  if (uid == 0) {
    co_return co_await transfer.Refuse(numbers == Numbers::kUid
                                           ? No("NONEXISTENT", "There is no such message")
                                           : Bad("Sequence number out of range"));
  }
  if (!name.ok()) {
    co_return co_await transfer.Refuse(FromDestinationStatus(name.status()));
  }
  const std::optional<Completion> failure = co_await transfer.Run();
  if (failure) {
    if (failure->code == "NONEXISTENT") {
      session.selected().stale = true;
    }
    co_return *failure;
  }
  // RFC 8508 4.3: APPENDUID is told before the message goes.
  absl::StrAppend(&session.out(), "* OK [", AppendUid(transfer.response()), "] Replaced\r\n");
  LookAgain(session, transfer.response().mailbox());
  const NumberRanges replaced = {{uid, uid}};
  co_await TellExpunged(session, replaced);
  Completion completion = Ok("Replace completed");
  // RFC 8508 4.5.
  co_await TellHighestModSeq(session, completion);
  co_return completion;
}

}  // namespace

Done RunAppend(Session& session, AppendArguments arguments) {
  absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  AppendTransfer transfer(session, StartOf(name.ok() ? *name : ""), std::move(arguments.messages),
                          true);
  if (!name.ok()) {
    co_return co_await transfer.Refuse(FromDestinationStatus(name.status()));
  }
  const std::optional<Completion> failure = co_await transfer.Run();
  if (failure) {
    co_return *failure;
  }
  LookAgain(session, transfer.response().mailbox());
  Completion completion = Ok("Append completed");
  completion.code = AppendUid(transfer.response());
  co_return completion;
}

Done RunReplace(Session& session, ReplaceArguments arguments) {
  co_return co_await Replace(session, std::move(arguments), Numbers::kSequence);
}

Done RunUidReplace(Session& session, ReplaceArguments arguments) {
  co_return co_await Replace(session, std::move(arguments), Numbers::kUid);
}

}  // namespace posthorn::imap
