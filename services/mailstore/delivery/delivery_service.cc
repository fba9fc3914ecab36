#include "mailstore/delivery/delivery_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/log/log.h"
#include "common/rpc/status.h"
#include "mailstore/delivery/incoming_body.h"
#include "mailstore/storage/idempotency_rows.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxAccounts = 1'000;
constexpr size_t kKeySize = 16;

// Ascending: the first one keeps the delivery's key.
std::vector<AccountId> Accounts(const google::protobuf::RepeatedField<uint64_t>& ids) {
  std::vector<AccountId> accounts;
  for (const uint64_t id : ids) {
    accounts.emplace_back(id);
  }
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  return accounts;
}

// Of a DeliverStart, or of a request that names its key and accounts again.
template <typename Request>
absl::Status Check(const Request& request) {
  if (request.idempotency_key().size() != kKeySize) {
    return absl::InvalidArgumentError("idempotency_key: 16 octets");
  }
  if (request.account_ids().empty()) {
    return absl::InvalidArgumentError("account_ids: 1 to 1,000");
  }
  if (static_cast<size_t>(request.account_ids_size()) > kMaxAccounts) {
    return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                          "account_ids: 1 to 1,000");
  }
  return absl::OkStatus();
}

std::string DeliveryId(const std::string& key) { return absl::BytesToHexString(key.substr(0, 8)); }

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

grpc::ServerBidiReactor<v1::DeliverManyRequest, v1::DeliverManyResponse>*
DeliveryService::DeliverMany(grpc::CallbackServerContext*) {
  const asio::any_io_executor executor = runtime_.Next().get_executor();
  const auto call = std::make_shared<Deliveries>(
      executor,
      [this](v1::DeliverRequest& message, v1::DeliverResponse& response) {
        return DeliverWhole(message, response);
      },
      [this] { return asio::any_io_executor(runtime_.Next().get_executor()); });
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(calls_, [](const std::weak_ptr<Deliveries>& known) { return known.expired(); });
    calls_.push_back(call);
    if (draining_) {
      call->Drain();
    }
  }
  const auto stream = std::make_shared<Deliveries::Stream>(executor, nullptr);
  return stream->Run(Deliveries::WriteOutcomes(call, *stream),
                     Deliveries::ReadItems(call, *stream));
}

void DeliveryService::Drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (const std::weak_ptr<Deliveries>& known : calls_) {
    if (const auto call = known.lock(); call != nullptr) {
      call->Drain();
    }
  }
}

grpc::ServerUnaryReactor* DeliveryService::SettleDelivery(grpc::CallbackServerContext* context,
                                                          const v1::SettleDeliveryRequest* request,
                                                          v1::SettleDeliveryResponse* response) {
  return rpc::RunUnary(runtime_.Next().get_executor(), context, *request,
                       DoSettle(*request, *response));
}

asio::awaitable<absl::Status> DeliveryService::DoSettle(const v1::SettleDeliveryRequest& request,
                                                        v1::SettleDeliveryResponse& response) {
  if (const absl::Status status = Check(request); !status.ok()) {
    co_return status;
  }
  auto settle = [account = Accounts(request.account_ids()).front(),
                 key = request.idempotency_key()](Connection& c) -> absl::StatusOr<std::string> {
    return SettleResult(c, account, key, absl::ToUnixSeconds(absl::Now()));
  };
  const absl::StatusOr<std::string> result = co_await store_.reads().Run(std::move(settle));
  if (!result.ok()) {
    co_return result.status();
  }
  response.set_delivered(!result->empty());
  if (response.delivered()) {
    response.set_delivery_id(DeliveryId(request.idempotency_key()));
  }
  co_return absl::OkStatus();
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
  if (!request.has_start()) {
    co_return absl::InvalidArgumentError("the first frame lacks its start");
  }
  if (const absl::Status status = Check(request.start()); !status.ok()) {
    co_return status;
  }
  const v1::DeliverStart start = request.start();
  co_return co_await rpc::Logged(start, Receive(&stream, start, request, response));
}

asio::awaitable<absl::Status> DeliveryService::DeliverWhole(v1::DeliverRequest& message,
                                                            v1::DeliverResponse& response) {
  if (!message.has_start() || !message.last()) {
    co_return absl::InvalidArgumentError("the message has not come whole");
  }
  if (const absl::Status status = Check(message.start()); !status.ok()) {
    co_return status;
  }
  co_return co_await rpc::Logged(message.start(),
                                 Receive(nullptr, message.start(), message, response));
}

asio::awaitable<absl::Status> DeliveryService::Receive(Stream* stream,
                                                       const v1::DeliverStart& start,
                                                       v1::DeliverRequest& request,
                                                       v1::DeliverResponse& response) {
  const auto lease = co_await IncomingBody::Reserve(store_, start.size(), request);
  if (!lease.ok()) {
    co_return lease.status();
  }
  const std::vector<AccountId> accounts = Accounts(start.account_ids());
  IncomingBody body(store_, accounts);
  for (;;) {
    if (const absl::Status status = co_await body.Feed(request.data()); !status.ok()) {
      co_return status;
    }
    if (request.last()) {
      break;
    }
    if (!co_await stream->Read(&request)) {
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
    // One of them was deleted since it was resolved: that account's goes to its INBOX.
    for (AddOp::Target& target : std::get<AddOp>(*op).targets) {
      const auto mailbox = co_await ResolveMailbox(target.mailbox.account, start.mailbox());
      if (!mailbox.ok()) {
        co_return mailbox.status();
      }
      target.mailbox = *mailbox;
    }
    status = co_await store_.batcher().Run(op);
  }
  if (status.ok()) {
    response.set_delivery_id(DeliveryId(start.idempotency_key()));
    LogDelivery(start, accounts.size(), response.delivery_id());
  }
  co_return status;
}

}  // namespace posthorn::store
