#include "mailstore/delivery/delivery_service.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/failpoint/failpoint.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/rpc/status.h"
#include "mailstore/delivery/incoming_body.h"
#include "mailstore/outbound/envelope_check.h"
#include "mailstore/outbound/prepare.h"
#include "mailstore/outbound/queue_id.h"
#include "mailstore/storage/idempotency_rows.h"

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
  if (static_cast<size_t>(request.account_ids_size()) > kMaxAccounts) {
    return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                          "account_ids: 1 to 1,000");
  }
  return absl::OkStatus();
}

absl::Status CheckStart(const v1::DeliverStart& start) {
  if (const absl::Status status = Check(start); !status.ok()) {
    return status;
  }
  if (start.account_ids().empty() && start.recipients().empty()) {
    return absl::InvalidArgumentError("account_ids: 1 to 1,000, or recipients");
  }
  return CheckOutgoing(start);
}

// Where the key of a delivery is kept.
AccountId AccountOfKey(const std::vector<AccountId>& accounts, const std::string& key) {
  return accounts.empty() ? QueueAccountOf(key) : accounts.front();
}

// Whose bodies the message becomes.
std::vector<AccountId> Owners(const v1::DeliverStart& start, std::vector<AccountId> accounts) {
  if (!start.recipients().empty()) {
    accounts.push_back(QueueAccountOf(start.idempotency_key()));
  }
  return accounts;
}

std::string DeliveryId(const std::string& key) { return absl::BytesToHexString(key.substr(0, 8)); }

void LogDelivery(const v1::DeliverStart& start, size_t accounts, const std::string& id) {
  if (log::Enabled(log::Level::kDebug)) {
    log::Debug("delivered", {{"session", start.session_id().substr(0, 32)},
                             {"delivery", id},
                             {"accounts", accounts},
                             {"queued", start.recipients_size()}});
  }
}

void CountQueued(const v1::DeliverStart& start) {
  if (!start.recipients().empty()) {
    static auto& counter =
        metrics::Counter("posthorn_queue_recipients_total",
                         "Recipients by what became of an attempt", {{"event", "queued"}});
    counter.Increment(start.recipients_size());
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
  auto settle = [account = AccountOfKey(Accounts(request.account_ids()), request.idempotency_key()),
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
  const RowReader::Found row = co_await store_.rows().Read(MailboxName{account, std::move(name)});
  if (!row.ok()) {
    co_return row.status();
  }
  co_return row->has_value() ? (*row)->key : inbox;
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
  if (const absl::Status status = CheckStart(request.start()); !status.ok()) {
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
  if (const absl::Status status = CheckStart(message.start()); !status.ok()) {
    co_return status;
  }
  co_return co_await rpc::Logged(message.start(),
                                 Receive(nullptr, message.start(), message, response));
}

asio::awaitable<absl::Status> DeliveryService::AddOutgoing(const v1::DeliverStart& start,
                                                           const OutgoingScan::Learnt& learnt,
                                                           const IncomingBody& body, AddOp& add) {
  if (!start.recipients().empty()) {
    const auto queued = co_await PrepareQueued(store_, start, *add.message, learnt);
    if (!queued.ok()) {
      co_return queued.status();
    }
    (*queued)->uploaded = body.uploaded((*queued)->account);
    add.queued = *queued;
  }
  if (!start.success_recipients().empty()) {
    auto notification = co_await PrepareSuccess(store_, start, learnt);
    if (!notification.ok()) {
      co_return notification.status();
    }
    add.notification = *std::move(notification);
  }
  co_return absl::OkStatus();
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
  IncomingBody body(store_, Owners(start, accounts));
  std::optional<OutgoingScan> scan;
  if (!start.recipients().empty() || !start.success_recipients().empty()) {
    scan.emplace(/*hash=*/start.envelope().submitter_account_id() != 0);
  }
  for (;;) {
    if (scan.has_value()) {
      scan->Feed(request.data());
    }
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
  if (scan.has_value()) {
    const OutgoingScan::Learnt learnt = scan->Finish();
    if (const absl::Status status = co_await AddOutgoing(start, learnt, body, add); !status.ok()) {
      co_return status;
    }
  }
  absl::Status status;
  if (failpoint::Armed()) {
    status = co_await failpoint::Pass(failpoint::Point::kStoreAcceptStored);
  }
  if (!status.ok()) {
    co_return status;
  }
  const auto op = std::make_shared<Op>(std::move(add));
  status = co_await store_.batcher().Run(op);
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
    CountQueued(start);
    response.set_delivery_id(DeliveryId(start.idempotency_key()));
    LogDelivery(start, accounts.size(), response.delivery_id());
    if (failpoint::Armed()) {
      co_return co_await failpoint::Pass(failpoint::Point::kStoreAcceptCommitted);
    }
  }
  co_return status;
}

}  // namespace posthorn::store
