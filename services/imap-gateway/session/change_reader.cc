#include "imap-gateway/session/change_reader.h"

#include <utility>

namespace posthorn::imap {

v1::SyncMailboxRequest ChangesSince(const SelectedMailbox& mailbox, std::uint64_t since) {
  v1::SyncMailboxRequest request;
  *request.mutable_mailbox() = mailbox.ref;
  request.set_since_modseq(since);
  request.set_known_uidnext(mailbox.uidnext);
  request.set_known_keywords(static_cast<std::uint32_t>(mailbox.keywords.size()));
  return request;
}

ChangeReader::ChangeReader(Session& session, v1::SyncMailboxRequest request)
    : session_(session), request_(std::move(request)) {}

asio::awaitable<absl::Status> ChangeReader::Read() {
  if (more()) {
    request_.set_after_uid(part_.changed().uids(part_.changed().uids_size() - 1));
  }
  part_.Clear();
  const absl::Status status =
      co_await session_.store().Call<v1::Message>(&MessageMethods::SyncMailbox, request_, part_);
  if (status.ok() && request_.until_modseq() == 0) {
    request_.set_until_modseq(part_.highest_modseq());
  }
  co_return status;
}

}  // namespace posthorn::imap
