#include "mailstore/mailbox/mailbox_service.h"

#include <memory>
#include <string>
#include <utility>

#include "common/rpc/status.h"
#include "mailstore/access/acl_rows.h"
#include "mailstore/access/shared_name.h"
#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"
#include "mailstore/db/transaction.h"
#include "mailstore/mailbox/mailbox_changes.h"
#include "mailstore/mailbox/name_access.h"
#include "mailstore/mailbox/name_tree.h"
#include "mailstore/metadata/annotation_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kKeySize = 16;

absl::Status CheckKey(const std::string& key) {
  return key.empty() || key.size() == kKeySize
             ? absl::OkStatus()
             : absl::InvalidArgumentError("idempotency_key: 16 octets");
}

struct RenameResult {
  bool inbox = false;  // the caller's INBOX is to be moved to `to`
  AccountId owner;
  std::string to;
};

absl::StatusOr<RenameResult> Rename(Connection& connection, AccountId caller,
                                    const v1::RenameMailboxRequest& request) {
  const auto from = AuthorizeOldName(connection, caller, request.from());
  if (!from.ok()) {
    return from.status();
  }
  const auto to = AuthorizeNewName(connection, caller, request.to());
  if (!to.ok()) {
    return to.status();
  }
  const bool inbox = from->name == "INBOX";
  if (from->owner != to->owner || (inbox && from->owner != caller)) {
    return rpc::MakeError(absl::StatusCode::kFailedPrecondition,
                          v1::ErrorDetail::REASON_MAILBOX_PROTECTED,
                          "a mailbox stays with its owner, and INBOX is the owner's to move");
  }
  if (inbox) {
    return RenameResult{true, to->owner, to->name};
  }
  if (const absl::Status status = store::RenameMailbox(connection, from->owner, from->name,
                                                       to->name, request.idempotency_key());
      !status.ok()) {
    return status;
  }
  return RenameResult{false, to->owner, to->name};
}

// Subscriptions to mailboxes of others are kept under the name that LIST shows; as written where it
// shows none, whether there is such an account or not.
std::string NameToSubscribe(Connection& connection, AccountId caller, const std::string& name) {
  const auto located = Locate(connection, caller, name);
  if (!located.ok() || located->owner == caller ||
      !AuthorizeName(connection, caller, name, Right::kLookup).ok()) {
    return name;
  }
  const auto addresses = LoadAddresses(connection, {&located->owner, 1});
  return addresses.empty() ? name : MakeSharedName(addresses.begin()->second, located->name);
}

}  // namespace

void MailboxService::Serve(rpc::LinkMethods& methods) {
  methods.Add<v1::Mailbox>(this, &MailboxService::DoList);
  methods.Add<v1::Mailbox>(this, &MailboxService::DoCreate);
  methods.AddEmpty<v1::Mailbox, v1::DeleteMailboxResponse>(this, &MailboxService::DoDelete);
  methods.AddEmpty<v1::Mailbox, v1::RenameMailboxResponse>(this, &MailboxService::DoRename);
  methods.AddEmpty<v1::Mailbox, v1::SetSubscribedResponse>(this, &MailboxService::DoSetSubscribed);
  methods.Add<v1::Mailbox>(this, &MailboxService::DoGetStatus);
  methods.Add<v1::Mailbox>(this, &MailboxService::DoGetAcl);
  methods.AddEmpty<v1::Mailbox, v1::SetAclResponse>(this, &MailboxService::DoSetAcl);
  methods.Add<v1::Mailbox>(this, &MailboxService::DoListRights);
  methods.Add<v1::Mailbox>(this, &MailboxService::DoGetMyRights);
  methods.Add<v1::Mailbox>(this, &MailboxService::DoGetQuota);
  methods.AddEmpty<v1::Mailbox, v1::SetQuotaLimitsResponse>(this,
                                                            &MailboxService::DoSetQuotaLimits);
}

grpc::ServerUnaryReactor* MailboxService::ListMailboxes(grpc::CallbackServerContext* context,
                                                        const v1::ListMailboxesRequest* request,
                                                        v1::ListMailboxesResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoList(*request, *response));
}
grpc::ServerUnaryReactor* MailboxService::CreateMailbox(grpc::CallbackServerContext* context,
                                                        const v1::CreateMailboxRequest* request,
                                                        v1::CreateMailboxResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoCreate(*request, *response));
}
grpc::ServerUnaryReactor* MailboxService::DeleteMailbox(grpc::CallbackServerContext* context,
                                                        const v1::DeleteMailboxRequest* request,
                                                        v1::DeleteMailboxResponse*) {
  return rpc::RunUnary(Executor(), context, *request, DoDelete(*request));
}
grpc::ServerUnaryReactor* MailboxService::RenameMailbox(grpc::CallbackServerContext* context,
                                                        const v1::RenameMailboxRequest* request,
                                                        v1::RenameMailboxResponse*) {
  return rpc::RunUnary(Executor(), context, *request, DoRename(*request));
}
grpc::ServerUnaryReactor* MailboxService::SetSubscribed(grpc::CallbackServerContext* context,
                                                        const v1::SetSubscribedRequest* request,
                                                        v1::SetSubscribedResponse*) {
  return rpc::RunUnary(Executor(), context, *request, DoSetSubscribed(*request));
}
grpc::ServerUnaryReactor* MailboxService::GetStatus(grpc::CallbackServerContext* context,
                                                    const v1::GetStatusRequest* request,
                                                    v1::GetStatusResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoGetStatus(*request, *response));
}

grpc::ServerUnaryReactor* MailboxService::GetAcl(grpc::CallbackServerContext* context,
                                                 const v1::GetAclRequest* request,
                                                 v1::GetAclResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoGetAcl(*request, *response));
}
grpc::ServerUnaryReactor* MailboxService::SetAcl(grpc::CallbackServerContext* context,
                                                 const v1::SetAclRequest* request,
                                                 v1::SetAclResponse*) {
  return rpc::RunUnary(Executor(), context, *request, DoSetAcl(*request));
}
grpc::ServerUnaryReactor* MailboxService::ListRights(grpc::CallbackServerContext* context,
                                                     const v1::ListRightsRequest* request,
                                                     v1::ListRightsResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoListRights(*request, *response));
}
grpc::ServerUnaryReactor* MailboxService::GetMyRights(grpc::CallbackServerContext* context,
                                                      const v1::GetMyRightsRequest* request,
                                                      v1::GetMyRightsResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoGetMyRights(*request, *response));
}

grpc::ServerUnaryReactor* MailboxService::GetQuota(grpc::CallbackServerContext* context,
                                                   const v1::GetQuotaRequest* request,
                                                   v1::GetQuotaResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoGetQuota(*request, *response));
}
grpc::ServerUnaryReactor* MailboxService::SetQuotaLimits(grpc::CallbackServerContext* context,
                                                         const v1::SetQuotaLimitsRequest* request,
                                                         v1::SetQuotaLimitsResponse*) {
  return rpc::RunUnary(Executor(), context, *request, DoSetQuotaLimits(*request));
}

asio::awaitable<absl::Status> MailboxService::DoCreate(const v1::CreateMailboxRequest& request,
                                                       v1::CreateMailboxResponse& response) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  if (const absl::Status status = CheckKey(request.idempotency_key()); !status.ok()) {
    co_return status;
  }
  auto create = [account = *account,
                 &request](Connection& connection) -> absl::StatusOr<MailboxKey> {
    const auto name = AuthorizeNewName(connection, account, request.name());
    if (!name.ok()) {
      return name.status();
    }
    const absl::StatusOr<MailboxId> id = store::CreateMailbox(
        connection, name->owner, name->name, request.special_use(), request.idempotency_key());
    if (!id.ok()) {
      return id.status();
    }
    return MailboxKey{name->owner, *id};
  };
  const absl::StatusOr<MailboxKey> created = co_await store_.reads().Run(std::move(create));
  if (created.ok()) {
    response.set_account_id(created->account.value());
    response.set_mailbox_id(static_cast<uint32_t>(created->mailbox.value()));
    store_.PublishList(created->account);
  }
  co_return created.status();
}

asio::awaitable<absl::Status> MailboxService::DoDelete(const v1::DeleteMailboxRequest& request) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  if (const absl::Status status = CheckKey(request.idempotency_key()); !status.ok()) {
    co_return status;
  }
  auto remove = [account = *account, &request, grace = store_.options().discard_grace_seconds](
                    Connection& connection) -> absl::StatusOr<MailboxChange> {
    const auto name = AuthorizeOldName(connection, account, request.name());
    if (!name.ok()) {
      return name.status();
    }
    return store::DeleteMailbox(connection, name->owner, name->name, grace,
                                request.idempotency_key());
  };
  const absl::StatusOr<MailboxChange> change = co_await store_.reads().Run(std::move(remove));
  if (change.ok()) {
    store_.indexes().Forget(change->mailbox);
    store_.Publish(*change);
    store_.PublishList(change->mailbox.account);
  }
  co_return change.status();
}

asio::awaitable<absl::Status> MailboxService::DoRename(const v1::RenameMailboxRequest& request) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  if (const absl::Status status = CheckKey(request.idempotency_key()); !status.ok()) {
    co_return status;
  }
  auto rename = [account = *account, &request](Connection& connection) {
    return Rename(connection, account, request);
  };
  const absl::StatusOr<RenameResult> result = co_await store_.reads().Run(std::move(rename));
  if (result.ok() && result->inbox) {
    co_return co_await MoveInbox(*account, result->to, request.idempotency_key());
  }
  if (result.ok()) {
    store_.PublishList(result->owner);
  }
  co_return result.status();
}

asio::awaitable<absl::Status> MailboxService::MoveInbox(AccountId account, std::string to,
                                                        std::string key) {
  auto move = [account, to = std::move(to), key = std::move(key)](Connection& connection) {
    return RenameInbox(connection, account, to, key);
  };
  const auto changes = co_await store_.reads().Run(std::move(move));
  if (changes.ok()) {
    for (const MailboxChange& change : *changes) {
      store_.Publish(change);
    }
    store_.PublishList(account);
  }
  co_return changes.status();
}

asio::awaitable<absl::Status> MailboxService::DoSetSubscribed(
    const v1::SetSubscribedRequest& request) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  if (const absl::Status status = CheckMailboxName(request.name());
      request.subscribed() && !status.ok()) {
    co_return status;
  }
  auto set = [account = *account, name = request.name(),
              subscribed = request.subscribed()](Connection& connection) {
    return store::SetSubscribed(connection, account, NameToSubscribe(connection, account, name),
                                subscribed);
  };
  const absl::Status status = co_await store_.reads().Run(std::move(set));
  if (status.ok()) {
    store_.PublishList(*account);
  }
  co_return status;
}

}  // namespace posthorn::store
