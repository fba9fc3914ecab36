#include "mailstore/delivery/delivery_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/log/log.h"
#include "mailstore/delivery/incoming_body.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxAccounts = 1'000;
constexpr size_t kKeySize = 16;

std::vector<AccountId> Accounts(const v1::DeliverStart& start) {
  std::vector<AccountId> accounts;
  for (const uint64_t id : start.account_ids()) {
    accounts.emplace_back(id);
  }
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  return accounts;
}

absl::Status Check(const v1::DeliverRequest& request) {
  if (!request.has_start()) {
    return absl::InvalidArgumentError("the first frame lacks its start");
  }
  if (request.start().idempotency_key().size() != kKeySize) {
    return absl::InvalidArgumentError("idempotency_key: 16 octets");
  }
  if (request.start().account_ids().empty() ||
      static_cast<size_t>(request.start().account_ids_size()) > kMaxAccounts) {
    return absl::InvalidArgumentError("account_ids: 1 to 1,000");
  }
  return absl::OkStatus();
}

void LogDelivery(const v1::DeliverStart& start, size_t accounts, const std::string& id) {
  if (log::Enabled(log::Level::kDebug)) {
    log::Debug(
        "delivered",
        {{"session", start.session_id().substr(0, 32)}, {"delivery", id}, {"accounts", accounts}});
  }
}

}  // namespace

grpc::ServerReadReactor<v1::DeliverRequest>* DeliveryService::Deliver(
    grpc::CallbackServerContext*, v1::DeliverResponse* response) {
  const asio::any_io_executor executor = runtime_.Next().get_executor();
  auto* stream = new Stream(executor);
  return stream->Run(DoDeliver(*stream, *response));
}

// INBOX needs no look-up, and is where mail goes whose mailbox is gone.
asio::awaitable<absl::StatusOr<MailboxKey>> DeliveryService::ResolveMailbox(AccountId account,
                                                                            std::string name) {
  const MailboxKey inbox{account, kInbox};
  if (name.empty() || name == "INBOX") {
    co_return inbox;
  }
  auto load = [account, name](Connection& connection) -> absl::StatusOr<MailboxKey> {
    const auto state = LoadMailboxByName(connection, account, name);
    return state.has_value() ? state->key : MailboxKey{account, kInbox};
  };
  co_return co_await store_.reads().Run(std::move(load));
}

asio::awaitable<absl::Status> DeliveryService::DoDeliver(Stream& stream,
                                                         v1::DeliverResponse& response) {
  v1::DeliverRequest request;
  if (!co_await stream.Read(&request)) {
    co_return absl::CancelledError("no message came");
  }
  if (const absl::Status status = Check(request); !status.ok()) {
    co_return status;
  }
  const v1::DeliverStart start = request.start();
  co_return co_await rpc::Logged(start, Receive(stream, start, request, response));
}

asio::awaitable<absl::Status> DeliveryService::Receive(Stream& stream,
                                                       const v1::DeliverStart& start,
                                                       v1::DeliverRequest& request,
                                                       v1::DeliverResponse& response) {
  const auto lease = co_await IncomingBody::Reserve(store_, start.size(), request);
  if (!lease.ok()) {
    co_return lease.status();
  }
  const std::vector<AccountId> accounts = Accounts(start);
  IncomingBody body(store_, accounts);
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
            .internal_date = absl::ToUnixSeconds(absl::Now()),
            .may_overshoot = true,
            .key = start.idempotency_key()};
  for (const AccountId account : accounts) {
    const auto mailbox = co_await ResolveMailbox(account, start.mailbox());
    if (!mailbox.ok()) {
      co_return mailbox.status();
    }
    add.targets.push_back({*mailbox, body.uploaded(account)});
  }
  const auto op = std::make_shared<Op>(std::move(add));
  absl::Status status = co_await store_.batcher().Run(op);
  if (rpc::ReasonOf(status) == v1::ErrorDetail::REASON_MAILBOX_NOT_FOUND) {
    // Deleted since it was resolved.
    for (AddOp::Target& target : std::get<AddOp>(*op).targets) {
      target.mailbox.mailbox = kInbox;
    }
    status = co_await store_.batcher().Run(op);
  }
  if (status.ok()) {
    response.set_delivery_id(absl::BytesToHexString(start.idempotency_key().substr(0, 8)));
    LogDelivery(start, accounts.size(), response.delivery_id());
  }
  co_return status;
}

}  // namespace posthorn::store
