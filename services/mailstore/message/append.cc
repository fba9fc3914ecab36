#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/status.h"
#include "mailstore/caller.h"
#include "mailstore/delivery/incoming_body.h"
#include "mailstore/message/flag_arguments.h"
#include "mailstore/message/message_service.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kKeySize = 16;

absl::Status Check(const v1::AppendRequest& request, uint64_t max_size) {
  if (!request.has_start()) {
    return absl::InvalidArgumentError("the first frame lacks its start");
  }
  const v1::AppendStart& start = request.start();
  if (start.idempotency_key().size() != kKeySize) {
    return absl::InvalidArgumentError("idempotency_key: 16 octets");
  }
  if (start.size() > max_size) {
    return rpc::MakeError(absl::StatusCode::kInvalidArgument, v1::ErrorDetail::REASON_TOO_LARGE,
                          "the message is larger than this server takes");
  }
  return CheckFlags(start.flags(), start.keywords());
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoAppend(AppendStream& stream,
                                                       v1::AppendResponse& response) {
  v1::AppendRequest request;
  if (!co_await stream.Read(&request)) {
    co_return absl::CancelledError("no message came");
  }
  if (const absl::Status status = Check(request, store_.options().max_message_bytes);
      !status.ok()) {
    co_return status;
  }
  const v1::AppendStart start = request.start();
  co_return co_await rpc::Logged(start, Receive(stream, start, request, response));
}

asio::awaitable<absl::Status> MessageService::Receive(AppendStream& stream,
                                                      const v1::AppendStart& start,
                                                      v1::AppendRequest& request,
                                                      v1::AppendResponse& response) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, start.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  const auto mailbox = co_await FindByName(*account, start.mailbox());
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  const auto lease = co_await IncomingBody::Reserve(store_, start.size(), request);
  if (!lease.ok()) {
    co_return lease.status();
  }
  IncomingBody body(store_, {*account});
  for (;;) {
    if (const absl::Status status = co_await body.Feed(request.data()); !status.ok()) {
      co_return status;
    }
    if (request.last()) {
      break;
    }
    if (!co_await stream.Read(&request)) {
      co_return absl::CancelledError("the message was cut off");
    }
  }
  AddOp add{.message = body.Finish(),
            .targets = {{*mailbox, body.uploaded(*account)}},
            .internal_date = start.has_internal_date_unix_seconds()
                                 ? start.internal_date_unix_seconds()
                                 : absl::ToUnixSeconds(absl::Now()),
            .flags = start.flags(),
            .keywords = {start.keywords().begin(), start.keywords().end()},
            .key = start.idempotency_key()};
  const auto op = std::make_shared<Op>(std::move(add));
  const absl::Status status = co_await store_.batcher().Run(op);
  if (status.ok()) {
    const AddOp::Place& place = std::get<AddOp>(*op).places.front();
    *response.mutable_mailbox() = ToProto(*mailbox);
    response.set_uidvalidity(place.uidvalidity);
    response.set_uid(place.uid.value());
    response.set_modseq(static_cast<uint64_t>(place.modseq.value()));
  }
  co_return status;
}

}  // namespace posthorn::store
