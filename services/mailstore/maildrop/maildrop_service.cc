#include "mailstore/maildrop/maildrop_service.h"

#include <memory>
#include <utility>
#include <vector>

#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"
#include "mailstore/maildrop/maildrop_rows.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;
using v1::ErrorDetail;

namespace {

// A gateway that dies blocks the maildrop for this long; gateways renew at a third of it.
constexpr int kLeaseSeconds = 60;
constexpr size_t kHolderSize = 16;

absl::Status InUse() {
  return rpc::MakeError(absl::StatusCode::kFailedPrecondition, ErrorDetail::REASON_MAILDROP_IN_USE,
                        "another session holds the maildrop");
}

absl::Status Lost() {
  return rpc::MakeError(absl::StatusCode::kFailedPrecondition, ErrorDetail::REASON_MAILDROP_LOST,
                        "the maildrop lock ran out and was taken");
}

void Fill(const MailboxColumns& columns, v1::LockMaildropResponse* response) {
  *response->mutable_mailbox() = ToProto(columns.state.key);
  response->set_uidvalidity(columns.state.uidvalidity);
  response->mutable_uids()->Add(columns.uids.begin(), columns.uids.end());
  response->mutable_sizes()->Add(columns.sizes.begin(), columns.sizes.end());
}

}  // namespace

void MaildropService::Serve(rpc::LinkMethods& methods) {
  methods.Add<v1::Maildrop>(this, &MaildropService::DoLock);
  methods.Add<v1::Maildrop>(this, &MaildropService::DoRenew);
  methods.Add<v1::Maildrop>(this, &MaildropService::DoRelease);
}

grpc::ServerUnaryReactor* MaildropService::LockMaildrop(grpc::CallbackServerContext* context,
                                                        const v1::LockMaildropRequest* request,
                                                        v1::LockMaildropResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoLock(*request, *response));
}

grpc::ServerUnaryReactor* MaildropService::RenewMaildrop(grpc::CallbackServerContext* context,
                                                         const v1::RenewMaildropRequest* request,
                                                         v1::RenewMaildropResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoRenew(*request, *response));
}

grpc::ServerUnaryReactor* MaildropService::ReleaseMaildrop(
    grpc::CallbackServerContext* context, const v1::ReleaseMaildropRequest* request,
    v1::ReleaseMaildropResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoRelease(*request, *response));
}

absl::StatusOr<AccountId> MaildropService::Authorize(const v1::Caller& caller,
                                                     const std::string& holder) {
  if (holder.size() != kHolderSize) {
    return absl::InvalidArgumentError("holder: 16 octets");
  }
  return CheckCaller(tickets_, caller);
}

asio::awaitable<absl::Status> MaildropService::DoLock(const v1::LockMaildropRequest& request,
                                                      v1::LockMaildropResponse& response) {
  const absl::StatusOr<AccountId> account = Authorize(request.caller(), request.holder());
  if (!account.ok()) {
    co_return account.status();
  }
  // The snapshot is taken under the lock.
  auto take = [this, account = *account, holder = request.holder()](
                  Connection& connection) -> absl::StatusOr<std::shared_ptr<MailboxIndex>> {
    if (!TakeMaildrop(connection, account, holder, kLeaseSeconds)) {
      return InUse();
    }
    std::shared_ptr<MailboxIndex> index =
        store_.indexes().Get(connection, MailboxKey{account, kInbox});
    if (index == nullptr) {
      DropMaildrop(connection, account, holder);
      return NoSuchMailbox();
    }
    return index;
  };
  const auto index = co_await store_.reads().Run(std::move(take));
  if (!index.ok()) {
    co_return index.status();
  }
  (*index)->Read([&response](const MailboxColumns& columns) { Fill(columns, &response); });
  response.set_lease_seconds(kLeaseSeconds);
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> MaildropService::DoRenew(const v1::RenewMaildropRequest& request,
                                                       v1::RenewMaildropResponse& response) {
  const absl::StatusOr<AccountId> account = Authorize(request.caller(), request.holder());
  if (!account.ok()) {
    co_return account.status();
  }
  auto renew = [account = *account, holder = request.holder()](Connection& connection) {
    return store::RenewMaildrop(connection, account, holder, kLeaseSeconds) ? absl::OkStatus()
                                                                            : Lost();
  };
  response.set_lease_seconds(kLeaseSeconds);
  co_return co_await store_.reads().Run(std::move(renew));
}

asio::awaitable<absl::Status> MaildropService::DoRelease(const v1::ReleaseMaildropRequest& request,
                                                         v1::ReleaseMaildropResponse& response) {
  const absl::StatusOr<AccountId> account = Authorize(request.caller(), request.holder());
  if (!account.ok()) {
    co_return account.status();
  }
  const absl::StatusOr<UidRanges> ranges = UidRanges::Parse(request.delete_uids());
  if (!ranges.ok()) {
    co_return ranges.status();
  }
  if (ranges->empty()) {
    auto drop = [account = *account, holder = request.holder()](Connection& connection) {
      DropMaildrop(connection, account, holder);
      return absl::OkStatus();
    };
    co_return co_await store_.reads().Run(std::move(drop));
  }
  auto get = [this, account = *account](
                 Connection& connection) -> absl::StatusOr<std::shared_ptr<MailboxIndex>> {
    return store_.indexes().Get(connection, MailboxKey{account, kInbox});
  };
  const auto index = co_await store_.reads().Run(std::move(get));
  if (!index.ok()) {
    co_return index.status();
  }
  if (*index == nullptr) {
    co_return NoSuchMailbox();
  }
  ExpungeOp expunge{.mailbox = {*account, kInbox},
                    .uids = (*index)->Read([&ranges](const MailboxColumns& columns) {
                      return ranges->Intersect(columns.uids);
                    }),
                    .only_deleted = false,
                    .maildrop_holder = request.holder()};
  const auto op = std::make_shared<Op>(std::move(expunge));
  const absl::Status status = co_await store_.batcher().Run(op);
  response.set_deleted(static_cast<uint32_t>(std::get<ExpungeOp>(*op).removed.size()));
  co_return status;
}

}  // namespace posthorn::store
