// SELECT, EXAMINE, CLOSE, UNSELECT.
#include <memory>

#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/session/updates.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

std::unique_ptr<SelectedMailbox> FromResponse(const v1::OpenMailboxResponse& response,
                                              bool read_only) {
  auto mailbox = std::make_unique<SelectedMailbox>();
  mailbox->ref = response.mailbox();
  mailbox->read_only = read_only;
  mailbox->uidvalidity = response.counters().uidvalidity();
  mailbox->view = View(FromProto(response.uids()));
  mailbox->view.Shrink();
  mailbox->keywords.assign(response.keywords().begin(), response.keywords().end());
  mailbox->modseq = response.counters().highest_modseq();
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
  absl::StrAppend(&out, "* ", mailbox.view.size(), " EXISTS\r\n* ",
                  CountOf(mailbox.view.Known(mailbox.recent)), " RECENT\r\n");
  const auto unseen = mailbox.view.SequenceNumberOf(first_unseen_uid);
  if (unseen) {
    absl::StrAppend(&out, "* OK [UNSEEN ", *unseen, "] First unseen message\r\n");
  }
  absl::StrAppend(&out, "* OK [UIDVALIDITY ", mailbox.uidvalidity, "] UIDs valid\r\n",
                  "* OK [UIDNEXT ", mailbox.uidnext, "] Next UID\r\n");
}

Done Open(Session& session, std::string wire_name, bool read_only) {
  // RFC 3501 6.3.1: whatever comes of it, the mailbox selected before is not selected any more.
  session.Unselect();
  const absl::StatusOr<std::string> name = ExistingMailbox(wire_name);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::OpenMailboxRequest request;
  request.set_name(*name);
  request.set_read_only(read_only);
  v1::OpenMailboxResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Message>(&MessageMethods::OpenMailbox, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  session.Select(FromResponse(response, read_only));
  TellMailbox(session, response.first_unseen_uid());
  Completion completion = Ok(read_only ? "Examine completed" : "Select completed");
  completion.code = read_only ? "READ-ONLY" : "READ-WRITE";
  co_return completion;
}

}  // namespace

Done RunSelect(Session& session, MailboxArguments arguments) {
  co_return co_await Open(session, std::move(arguments.mailbox), false);
}

Done RunExamine(Session& session, MailboxArguments arguments) {
  co_return co_await Open(session, std::move(arguments.mailbox), true);
}

Done RunClose(Session& session, NoArguments) {
  SelectedMailbox& mailbox = session.selected();
  if (!mailbox.read_only && !mailbox.gone) {
    // RFC 3501 6.4.2: removes what is \Deleted without a word.
    v1::ExpungeRequest request;
    *request.mutable_mailbox() = mailbox.ref;
    v1::ExpungeResponse response;
    const absl::Status status =
        co_await session.store().Call<v1::Message>(&MessageMethods::Expunge, request, response);
    if (!status.ok()) {
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
