#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/parser/flags.h"
#include "imap-gateway/search/find.h"
#include "imap-gateway/session/message_limit.h"
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

// Those of `uids` that have \Deleted.
asio::awaitable<absl::StatusOr<NumberRanges>> DeletedOf(Session& session,
                                                        const NumberRanges& uids) {
  v1::SearchKey key;
  key.mutable_flags()->set_set(kDeleted);
  v1::SearchRequest request = RequestFor(session.selected(), std::move(key));
  *request.mutable_among() = ToProto(uids);
  const absl::StatusOr<Found> found = co_await Find(session, std::move(request));
  if (!found.ok()) {
    co_return found.status();
  }
  co_return found->uids.Ranges();
}

}  // namespace

Done RunExpunge(Session& session, NoArguments) {
  v1::ExpungeRequest request;
  co_return co_await Expunge(session, std::move(request));
}

Done RunUidExpunge(Session& session, SetArguments arguments) {
  NumberRanges uids = session.selected().view.UidsOfUids(arguments.set);
  bool limited = CountOf(uids) > MessageLimit(session);
  if (limited) {
    // RFC 9738 3.1: only those with \Deleted count.
    absl::StatusOr<NumberRanges> deleted = co_await DeletedOf(session, uids);
    if (!deleted.ok()) {
      co_return FromStatus(deleted.status());
    }
    uids = *std::move(deleted);
    limited = LimitMessages(session, uids);
  }
  v1::ExpungeRequest request;
  request.set_only_uids(true);
  *request.mutable_uids() = ToProto(uids);
  Completion completion = co_await Expunge(session, std::move(request));
  if (limited && completion.kind == Completion::Kind::kOk) {
    co_return TellLimited(session, uids, std::move(completion));
  }
  co_return completion;
}

}  // namespace posthorn::imap
