#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/session/updates.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

Done Expunge(Session& session, v1::ExpungeRequest request) {
  SelectedMailbox& mailbox = session.selected();
  if (mailbox.read_only) {
    co_return No("READ-ONLY", "Mailbox is read-only");
  }
  *request.mutable_mailbox() = mailbox.ref;
  v1::ExpungeResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Message>(&MessageMethods::Expunge, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  const NumberRanges expunged = FromProto(response.expunged());
  co_await TellExpunged(session, expunged);
  Completion completion = Ok("Expunge completed");
  if (!expunged.empty()) {
    co_await TellHighestModSeq(session, completion);
  }
  co_return completion;
}

}  // namespace

Done RunExpunge(Session& session, NoArguments) {
  v1::ExpungeRequest request;
  co_return co_await Expunge(session, std::move(request));
}

Done RunUidExpunge(Session& session, SetArguments arguments) {
  const View& view = session.selected().view;
  v1::ExpungeRequest request;
  request.set_only_uids(true);
  *request.mutable_uids() = ToProto(view.UidsOfUids(arguments.set));
  co_return co_await Expunge(session, std::move(request));
}

}  // namespace posthorn::imap
