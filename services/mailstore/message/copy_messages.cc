#include <utility>

#include "mailstore/caller.h"
#include "mailstore/message/message_service.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;

asio::awaitable<absl::Status> MessageService::DoCopyMessages(const v1::CopyMessagesRequest& request,
                                                             v1::CopyMessagesResponse& response) {
  // RFC 6851 3.3: MOVE is COPY, STORE +FLAGS \Deleted and EXPUNGE.
  const Rights needed = request.move() ? Right::kRead | Right::kDeleteMessages | Right::kExpunge
                                       : Rights(Right::kRead);
  const auto source = co_await Authorize(request.caller(), request.source(), needed);
  if (!source.ok()) {
    co_return source.status();
  }
  const absl::StatusOr<UidRanges> uids = UidRanges::Parse(request.uids());
  if (!uids.ok()) {
    co_return uids.status();
  }
  const auto destination =
      co_await FindByName(source->caller, request.destination(), Right::kInsert);
  if (!destination.ok()) {
    co_return destination.status();
  }
  const auto index = co_await Index(*source);
  if (!index.ok()) {
    co_return index.status();
  }
  CopyOp copy{.source = *source,
              .destination = *destination,
              .changeable = ChangeableFlags(destination->rights),
              .uids = (*index)->Read(
                  [&uids](const MailboxColumns& columns) { return uids->Intersect(columns.uids); }),
              .move = request.move(),
              .key = request.idempotency_key()};
  const auto op = std::make_shared<Op>(std::move(copy));
  const absl::Status status = co_await store_.batcher().Run(op);
  if (status.ok()) {
    const auto& result = std::get<CopyOp>(*op);
    response.set_uidvalidity(result.uidvalidity);
    EncodeUids(result.source_uids, response.mutable_source_uids());
    EncodeUids(result.destination_uids, response.mutable_destination_uids());
    *response.mutable_destination() = ToProto(*destination);
  }
  co_return status;
}

}  // namespace posthorn::store
