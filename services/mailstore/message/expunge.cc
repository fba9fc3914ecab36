#include <utility>
#include <vector>

#include "mailstore/message/message_service.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

// Messages with \Deleted; whether they have it still is seen again under the mailbox's lock.
std::vector<uint32_t> Deleted(const MailboxColumns& columns) {
  std::vector<uint32_t> uids;
  for (size_t i = 0; i < columns.size(); ++i) {
    if ((columns.flags[i] & v1::FLAG_DELETED) != 0) {
      uids.push_back(columns.uids[i]);
    }
  }
  return uids;
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoExpunge(const v1::ExpungeRequest& request,
                                                        v1::ExpungeResponse& response) {
  const auto mailbox = co_await Authorize(request.caller(), request.mailbox(), Right::kExpunge);
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  const absl::StatusOr<UidRanges> uids = UidRanges::Parse(request.uids());
  if (!uids.ok()) {
    co_return uids.status();
  }
  const auto index = co_await Index(*mailbox);
  if (!index.ok()) {
    co_return index.status();
  }
  ExpungeOp expunge{.mailbox = *mailbox};
  (*index)->Read([&](const MailboxColumns& columns) {
    const std::vector<uint32_t> deleted = Deleted(columns);
    expunge.uids = request.only_uids() ? uids->Intersect(deleted) : deleted;
    expunge.highest_modseq = columns.state.highest_modseq;
  });
  if (!expunge.uids.empty()) {
    const auto op = std::make_shared<Op>(std::move(expunge));
    if (const absl::Status status = co_await store_.batcher().Run(op); !status.ok()) {
      co_return status;
    }
    expunge = std::get<ExpungeOp>(*op);
  }
  EncodeUids(expunge.removed, response.mutable_expunged());
  response.set_highest_modseq(static_cast<uint64_t>(expunge.highest_modseq.value()));
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
