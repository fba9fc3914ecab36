#include <memory>
#include <optional>
#include <string>
#include <utility>

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

struct Opened {
  MailboxKey mailbox;
  Rights rights;
  std::shared_ptr<MailboxIndex> index;
};

// In a pool: finds the mailbox, decides, and gets its index behind the barrier.
absl::StatusOr<Opened> Open(IndexCache& indexes, Connection& connection, AccountId caller,
                            const std::string& name) {
  const absl::StatusOr<LocatedName> located = Locate(connection, caller, name);
  if (!located.ok()) {
    return located.status();
  }
  const std::optional<MailboxState> row =
      LoadMailboxByName(connection, located->owner, located->name);
  if (!row.has_value()) {
    return NoSuchMailbox();
  }
  const absl::StatusOr<AuthorizedMailbox> mailbox =
      Authorize(connection, caller, row->key, Right::kRead);
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  std::shared_ptr<MailboxIndex> index = indexes.Get(connection, *row);
  if (index == nullptr) {
    return NoSuchMailbox();
  }
  return Opened{*mailbox, mailbox->rights, std::move(index)};
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoOpenMailbox(const v1::OpenMailboxRequest& request,
                                                            v1::OpenMailboxResponse& response) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  auto open = [this, account = *account, name = request.name()](Connection& connection) {
    return Open(store_.indexes(), connection, account, name);
  };
  const absl::StatusOr<Opened> opened = co_await store_.reads().Run(std::move(open));
  if (!opened.ok()) {
    co_return opened.status();
  }
  opened->index->Read([&response](const MailboxColumns& columns) { Fill(columns, &response); });
  response.set_rights(FormatRights(opened->rights));
  const bool recent = response.recent_from_uid() < response.counters().uidnext();
  // \Recent goes to those who may say that they have seen it, and not to a passer-by.
  if (request.read_only() || !recent || !opened->rights.Has(Right::kSeen)) {
    co_return absl::OkStatus();
  }
  // RFC 3501 2.3.2: a message is \Recent in the first session that is told of it.
  const auto op = std::make_shared<Op>(
      ClaimRecentOp{.mailbox = opened->mailbox, .end_uid = response.counters().uidnext()});
  const absl::Status status = co_await store_.batcher().Run(op);
  if (status.ok()) {
    response.set_recent_from_uid(std::get<ClaimRecentOp>(*op).recent_from_uid);
  }
  co_return status;
}

}  // namespace posthorn::store
