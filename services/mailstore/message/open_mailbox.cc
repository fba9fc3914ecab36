#include <optional>

#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"
#include "mailstore/message/columns_proto.h"
#include "mailstore/message/message_service.h"
#include "mailstore/storage/mailbox_rows.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

uint32_t FirstUnseen(const MailboxColumns& columns) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if ((columns.flags[i] & v1::FLAG_SEEN) == 0) {
      return columns.uids[i];
    }
  }
  return 0;
}

void Fill(const MailboxColumns& columns, v1::OpenMailboxResponse* response) {
  *response->mutable_mailbox() = ToProto(columns.state.key);
  *response->mutable_counters() = Counters(columns);
  EncodeUids(columns.uids, response->mutable_uids());
  response->set_recent_from_uid(columns.state.recent_from_uid);
  response->set_first_unseen_uid(FirstUnseen(columns));
  for (const std::string& keyword : columns.state.keywords) {
    response->add_keywords(keyword);
  }
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoOpenMailbox(const v1::OpenMailboxRequest& request,
                                                            v1::OpenMailboxResponse& response) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  auto get = [this, account = *account, name = request.name()](
                 Connection& connection) -> absl::StatusOr<std::shared_ptr<MailboxIndex>> {
    const std::optional<MailboxState> row = LoadMailboxByName(connection, account, name);
    std::shared_ptr<MailboxIndex> index;
    if (row.has_value()) {
      index = store_.indexes().Get(connection, *row);
    }
    if (index == nullptr) {
      return NoSuchMailbox();
    }
    return index;
  };
  const auto index = co_await store_.reads().Run(std::move(get));
  if (!index.ok()) {
    co_return index.status();
  }
  (*index)->Read([&response](const MailboxColumns& columns) { Fill(columns, &response); });
  const bool recent = response.recent_from_uid() < response.counters().uidnext();
  if (request.read_only() || !recent) {
    co_return absl::OkStatus();
  }
  // RFC 3501 2.3.2: a message is \Recent in the first session that is told of it.
  ClaimRecentOp claim{
      .mailbox = {*account, MailboxId(static_cast<int32_t>(response.mailbox().mailbox_id()))}};
  const auto op = std::make_shared<Op>(std::move(claim));
  const absl::Status status = co_await store_.batcher().Run(op);
  if (status.ok()) {
    response.set_recent_from_uid(std::get<ClaimRecentOp>(*op).recent_from_uid);
  }
  co_return status;
}

}  // namespace posthorn::store
