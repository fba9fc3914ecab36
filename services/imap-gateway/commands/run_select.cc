// SELECT, EXAMINE, CLOSE, UNSELECT.
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/commands/tell_listed.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/response/status_text.h"
#include "imap-gateway/session/condstore.h"
#include "imap-gateway/session/resync.h"
#include "imap-gateway/session/updates.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

std::unique_ptr<SelectedMailbox> FromResponse(const std::string& name,
                                              const v1::OpenMailboxResponse& response,
                                              bool read_only) {
  auto mailbox = std::make_unique<SelectedMailbox>();
  mailbox->name = name;
  mailbox->ref = response.mailbox();
  mailbox->rights = response.rights();
  // RFC 4314 5.2: what nobody may change anything in is read-only.
  mailbox->read_only = read_only || mailbox->rights.find_first_of("swtei") == std::string::npos;
  mailbox->uidvalidity = response.counters().uidvalidity();
  mailbox->view = View(FromProto(response.uids()));
  mailbox->keywords.assign(response.keywords().begin(), response.keywords().end());
  mailbox->modseq = response.counters().highest_modseq();
  mailbox->told_modseq = mailbox->modseq;
  mailbox->uidnext = response.counters().uidnext();
  if (response.recent_from_uid() != 0 && response.recent_from_uid() < mailbox->uidnext) {
    mailbox->recent = {{response.recent_from_uid(), mailbox->uidnext - 1}};
  }
  return mailbox;
}

// RFC 3501 6.3.1: the untagged responses of SELECT.
void TellMailbox(Session& session, std::uint32_t first_unseen_uid) {
  const SelectedMailbox& mailbox = session.selected();
  std::string& out = session.out();
  AppendMailboxFlags(session);
  AppendExists(session);
  const auto unseen = mailbox.view.SequenceNumberOf(first_unseen_uid);
  // RFC 9051 Appendix E 11: deprecated. RFC 9586 3.5: no sequence numbers.
  if (unseen && !session.features().imap4rev2 && !session.features().uid_only) {
    absl::StrAppend(&out, "* OK [UNSEEN ", *unseen, "] First unseen message\r\n");
  }
  absl::StrAppend(&out, "* OK [UIDVALIDITY ", mailbox.uidvalidity, "] UIDs valid\r\n",
                  "* OK [UIDNEXT ", mailbox.uidnext, "] Next UID\r\n", "* OK [HIGHESTMODSEQ ",
                  mailbox.modseq, "] Highest\r\n");
  // RFC 8474 4.2.
  out.append("* OK [MAILBOXID ");
  AppendMailboxId(out, mailbox.ref.account_id(), mailbox.ref.mailbox_id());
  out.append("] Mailbox id\r\n");
}

// What may not be asked, whatever the mailbox.
std::optional<Completion> Refuse(const Features& features, const SelectArguments& arguments) {
  if (arguments.resync && !features.qresync) {
    return Bad("ENABLE QRESYNC first");  // RFC 7162 3.2.5
  }
  if (arguments.resync && features.uid_only && !arguments.resync->match_numbers.empty()) {
    return UidRequired();
  }
  return std::nullopt;
}

// RFC 3501 6.3.1: whatever comes of a SELECT, the mailbox selected before is not selected any more.
// RFC 7162 3.2.11: what is told from there on is not of that mailbox.
void CloseSelected(Session& session) {
  if (session.has_selected()) {
    session.Unselect();
    session.out().append("* OK [CLOSED] The mailbox selected before is closed\r\n");
  }
}

// Tells what the client missed, if it said what it knows of this very mailbox.
asio::awaitable<absl::Status> TellMailboxResynced(Session& session, ResyncArguments arguments,
                                                  std::uint32_t first_unseen_uid) {
  Resync resync(session, std::move(arguments));
  absl::Status status = co_await resync.Read();
  if (status.ok()) {
    TellMailbox(session, first_unseen_uid);
    status = co_await resync.Tell();
  }
  if (!status.ok()) {
    session.Unselect();
  }
  co_return status;
}

Done Open(Session& session, SelectArguments arguments, bool read_only) {
  if (std::optional<Completion> refusal = Refuse(session.features(), arguments)) {
    co_return *std::move(refusal);
  }
  CloseSelected(session);
  if (arguments.condstore) {
    UseCondstore(session);
  }
  const absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::OpenMailboxRequest request;
  request.set_name(*name);
  // A session that is never told of \Recent leaves it to the others.
  request.set_read_only(read_only || session.features().imap4rev2);
  v1::OpenMailboxResponse response;
  absl::Status status =
      co_await session.store().Call<v1::Message>(&MessageMethods::OpenMailbox, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  session.Select(FromResponse(*name, response, read_only));
  // RFC 7162 3.2.5: with another UIDVALIDITY what the client knows is of no use.
  if (arguments.resync && arguments.resync->uidvalidity == response.counters().uidvalidity()) {
    status = co_await TellMailboxResynced(session, *std::move(arguments.resync),
                                          response.first_unseen_uid());
    if (!status.ok()) {
      co_return FromStatus(status);
    }
  } else {
    TellMailbox(session, response.first_unseen_uid());
  }
  // RFC 4467 8.
  session.out().append("* OK [URLMECH INTERNAL] Mechanisms for URLs\r\n");
  if (session.features().imap4rev2) {
    // RFC 9051 6.3.2.
    status = co_await TellListed(session, *name, arguments.mailbox);
    if (!status.ok()) {
      session.Unselect();
      co_return FromStatus(status);
    }
  }
  Completion completion = Ok(read_only ? "Examine completed" : "Select completed");
  completion.code = session.selected().read_only ? "READ-ONLY" : "READ-WRITE";
  co_return completion;
}

}  // namespace

Done RunSelect(Session& session, SelectArguments arguments) {
  co_return co_await Open(session, std::move(arguments), false);
}

Done RunExamine(Session& session, SelectArguments arguments) {
  co_return co_await Open(session, std::move(arguments), true);
}

Done RunClose(Session& session, NoArguments) {
  SelectedMailbox& mailbox = session.selected();
  // RFC 4314 4: without the right to expunge CLOSE only closes.
  if (!mailbox.read_only && !mailbox.gone && mailbox.May('e')) {
    // RFC 3501 6.4.2: removes what is \Deleted without a word.
    v1::ExpungeRequest request;
    *request.mutable_mailbox() = mailbox.ref;
    v1::ExpungeResponse response;
    const absl::Status status =
        co_await session.store().Call<v1::Message>(&MessageMethods::Expunge, request, response);
    // What is not the session's any more has nothing to remove.
    if (!status.ok() && !absl::IsNotFound(status) && !absl::IsPermissionDenied(status)) {
      co_return FromStatus(status);
    }
  }
  session.Unselect();
  co_return Ok("Close completed");
}

Done RunUnselect(Session& session, NoArguments) {
  session.Unselect();
  co_return Ok("Unselect completed");
}

}  // namespace posthorn::imap
