#include "mailstore/mailbox/mailbox_service.h"

#include <map>
#include <memory>
#include <utility>

#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"
#include "mailstore/mailbox/mailbox_changes.h"
#include "mailstore/mailbox/name_rows.h"
#include "mailstore/mailbox/name_tree.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kKeySize = 16;

absl::Status CheckKey(const std::string& key) {
  return key.empty() || key.size() == kKeySize
             ? absl::OkStatus()
             : absl::InvalidArgumentError("idempotency_key: 16 octets");
}

constexpr Statement kCountRecent{
    "mailbox.count_recent",
    "SELECT count(*) FROM message WHERE account_id = $1 AND mailbox_id = $2 AND uid >= $3"};

v1::MailboxCounters Counters(Connection& connection, const MailboxState& state) {
  v1::MailboxCounters counters;
  counters.set_uidvalidity(state.uidvalidity);
  counters.set_uidnext(state.uidnext);
  counters.set_highest_modseq(static_cast<uint64_t>(state.highest_modseq.value()));
  counters.set_messages(state.n_messages);
  counters.set_unseen(state.n_unseen);
  counters.set_deleted(state.n_deleted);
  counters.set_size(static_cast<uint64_t>(state.size));
  counters.set_recent_from_uid(state.recent_from_uid);
  if (state.recent_from_uid < state.uidnext) {
    const pqxx::result rows = connection.Exec(kCountRecent, state.key.account.value(),
                                              state.key.mailbox.value(), state.recent_from_uid);
    counters.set_recent(rows[0][0].as<uint32_t>());
  }
  return counters;
}

}  // namespace

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

asio::awaitable<absl::Status> MailboxService::DoList(const v1::ListMailboxesRequest& request,
                                                     v1::ListMailboxesResponse& response) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  auto load = [account = *account](
                  Connection& connection) -> absl::StatusOr<std::map<std::string, NameRow>> {
    return LoadNames(connection, account);
  };
  absl::StatusOr<std::map<std::string, NameRow>> names =
      co_await store_.reads().Run(std::move(load));
  if (!names.ok()) {
    co_return names.status();
  }
  const NameTree tree(*std::move(names));
  for (const auto& [name, row] : tree.rows()) {
    v1::MailboxEntry* entry = response.add_mailboxes();
    entry->set_name(name);
    if (row.mailbox.has_value()) {
      entry->set_mailbox_id(static_cast<uint32_t>(row.mailbox->value()));
    }
    entry->set_subscribed(row.subscribed);
    entry->set_special_use(static_cast<v1::SpecialUse>(row.special_use));
    entry->set_has_children(tree.HasChildren(name));
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> MailboxService::DoCreate(const v1::CreateMailboxRequest& request,
                                                       v1::CreateMailboxResponse& response) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  if (const absl::Status status = CheckMailboxName(request.name()); !status.ok()) {
    co_return status;
  }
  if (const absl::Status status = CheckKey(request.idempotency_key()); !status.ok()) {
    co_return status;
  }
  auto create = [account = *account, name = request.name(),
                 use = static_cast<int>(request.special_use()),
                 key = request.idempotency_key()](Connection& connection) {
    return store::CreateMailbox(connection, account, name, use, key);
  };
  const absl::StatusOr<MailboxId> id = co_await store_.reads().Run(std::move(create));
  if (id.ok()) {
    response.set_mailbox_id(static_cast<uint32_t>(id->value()));
  }
  co_return id.status();
}

asio::awaitable<absl::Status> MailboxService::DoDelete(const v1::DeleteMailboxRequest& request) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  if (const absl::Status status = CheckKey(request.idempotency_key()); !status.ok()) {
    co_return status;
  }
  auto remove = [account = *account, name = request.name(),
                 grace = store_.options().discard_grace_seconds,
                 key = request.idempotency_key()](Connection& connection) {
    return store::DeleteMailbox(connection, account, name, grace, key);
  };
  const absl::StatusOr<MailboxChange> change = co_await store_.reads().Run(std::move(remove));
  if (change.ok()) {
    store_.indexes().Forget(change->mailbox);
    store_.Publish(*change);
  }
  co_return change.status();
}

asio::awaitable<absl::Status> MailboxService::DoRename(const v1::RenameMailboxRequest& request) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  if (const absl::Status status = CheckMailboxName(request.to()); !status.ok()) {
    co_return status;
  }
  if (const absl::Status status = CheckKey(request.idempotency_key()); !status.ok()) {
    co_return status;
  }
  if (request.from() == "INBOX") {
    co_return co_await MoveInbox(*account, request);
  }
  auto rename = [account = *account, from = request.from(), to = request.to(),
                 key = request.idempotency_key()](Connection& connection) {
    return store::RenameMailbox(connection, account, from, to, key);
  };
  co_return co_await store_.reads().Run(std::move(rename));
}

asio::awaitable<absl::Status> MailboxService::MoveInbox(AccountId account,
                                                        const v1::RenameMailboxRequest& request) {
  auto move = [account, to = request.to(), key = request.idempotency_key()](
                  Connection& connection) { return RenameInbox(connection, account, to, key); };
  const auto changes = co_await store_.reads().Run(std::move(move));
  if (changes.ok()) {
    for (const MailboxChange& change : *changes) {
      store_.Publish(change);
    }
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
    return store::SetSubscribed(connection, account, name, subscribed);
  };
  co_return co_await store_.reads().Run(std::move(set));
}

asio::awaitable<absl::Status> MailboxService::DoGetStatus(const v1::GetStatusRequest& request,
                                                          v1::GetStatusResponse& response) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  auto load = [account = *account, name = request.name()](
                  Connection& connection) -> absl::StatusOr<v1::GetStatusResponse> {
    const auto state = LoadMailboxByName(connection, account, name);
    if (!state.has_value()) {
      return NoSuchMailbox();
    }
    v1::GetStatusResponse status;
    status.set_mailbox_id(static_cast<uint32_t>(state->key.mailbox.value()));
    *status.mutable_counters() = Counters(connection, *state);
    return status;
  };
  absl::StatusOr<v1::GetStatusResponse> loaded = co_await store_.reads().Run(std::move(load));
  if (loaded.ok()) {
    response = *std::move(loaded);
  }
  co_return loaded.status();
}

}  // namespace posthorn::store
