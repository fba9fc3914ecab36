#include "mailstore/outbound/local_delivery.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/failpoint/failpoint.h"
#include "common/log/log.h"
#include "common/rpc/status.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/batch/transact.h"
#include "mailstore/directory/recipient_repository.h"
#include "mailstore/outbound/enqueue_rows.h"
#include "mailstore/outbound/original.h"
#include "mailstore/outbound/settle_rows.h"
#include "mailstore/storage/blob_rows.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr uint32_t kMostAtOnce = 50;
constexpr std::chrono::seconds kEvery{1};
constexpr char kNoSuchUser[] = "5.1.1";

constexpr Statement kIsDue{"queue_site.local_is_due",
                           "SELECT EXISTS (SELECT FROM queue_site WHERE site = 'local' AND "
                           "NOT suspended AND next_due <= "
                           "(extract(epoch FROM statement_timestamp()) * 1000)::bigint)"};

v1::AttemptResult ResultOf(const ClaimedRecipient& recipient) {
  v1::AttemptResult result;
  result.mutable_lease()->set_recipient_id(recipient.lease.recipient_id());
  result.mutable_lease()->set_lease_epoch(recipient.lease.lease_epoch());
  result.set_outcome(v1::AttemptResult::OUTCOME_DELIVERED);
  result.set_status_code("2.0.0");
  return result;
}

void SetFailure(const absl::Status& status, v1::AttemptResult* result) {
  const bool permanent = absl::IsNotFound(status) || absl::IsInvalidArgument(status);
  result->set_outcome(permanent ? v1::AttemptResult::OUTCOME_FAILED
                                : v1::AttemptResult::OUTCOME_DEFERRED);
  const bool full = rpc::ReasonOf(status) == v1::ErrorDetail::REASON_OVER_QUOTA;
  result->set_status_code(permanent ? kNoSuchUser : full ? "4.2.2" : "4.3.0");
  result->set_diagnostic(std::string(status.message()));
}

absl::StatusOr<Recipient> FindAccounts(Connection& connection, const ClaimedRecipient& recipient) {
  if (recipient.bounce) {
    return absl::NotFoundError("returned by the administrator");
  }
  const auto address = ParseLocalAddress(recipient.lease.forward_path());
  if (!address.ok()) {
    return address.status();
  }
  absl::StatusOr<Recipient> found = FindRecipient(connection, *address);
  // What is forwarded has been queued by itself when the message came.
  if (found.ok() && found->accounts.empty()) {
    return absl::NotFoundError("there is no such recipient here");
  }
  return found;
}

// What is known of the message without its octets, which the database copies; null if it is gone.
std::shared_ptr<const StoredMessage> LoadMessage(Connection& connection, BlobKey key) {
  const std::vector<BlobBody> bodies = LoadBlobBodies(connection, key.account, {&key.blob, 1});
  if (bodies.empty()) {
    return nullptr;
  }
  auto message = std::make_shared<StoredMessage>();
  message->size = bodies.front().size;
  message->header_size = bodies.front().header_size;
  return message;
}

AddOp AddFor(const Recipient& found, const ClaimedRecipient& recipient,
             std::shared_ptr<const StoredMessage> message) {
  AddOp add{.message = std::move(message),
            .copied_from = recipient.message,
            .internal_date = absl::ToUnixSeconds(absl::Now()),
            .may_overshoot = true};
  for (const RecipientAccount& account : found.accounts) {
    add.targets.push_back({{account.account_id, kInbox}, {}});
  }
  return add;
}

}  // namespace

LocalDelivery::LocalDelivery(runtime::Runtime& runtime, Store& store, int64_t lease_milliseconds)
    : runtime_(runtime),
      store_(store),
      worker_(RandomOctets(16)),
      lease_milliseconds_(lease_milliseconds) {}

void LocalDelivery::Start() {
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "held mail",
                           Work(shared_from_this()));
}

asio::awaitable<void> LocalDelivery::Work(std::shared_ptr<LocalDelivery> self) {
  while (!self->runtime_.Draining()) {
    auto deliver = [self](Connection& connection) { return self->DeliverSome(connection); };
    const absl::StatusOr<bool> more = co_await self->store_.outbound().Run(std::move(deliver));
    if (!more.ok()) {
      log::Warning("held mail cannot be delivered",
                   {{"error", std::string(more.status().message())}});
    }
    if (!more.ok() || !*more) {
      co_await runtime::Sleep(kEvery);
    }
  }
}

absl::StatusOr<bool> LocalDelivery::DeliverSome(Connection& connection) {
  if (!connection.Exec(kIsDue)[0][0].as<bool>()) {
    return false;
  }
  std::vector<ClaimedRecipient> recipients;
  {
    Transaction transaction(connection);
    recipients = ClaimLocal(transaction, {worker_, kMostAtOnce}, {lease_milliseconds_, floors_});
    transaction.Commit();
  }
  if (!recipients.empty()) {
    failpoint::Reach(failpoint::Point::kStoreLocalClaimed);
  }
  for (const ClaimedRecipient& recipient : recipients) {
    Deliver(connection, recipient);
  }
  return recipients.size() == kMostAtOnce;
}

void LocalDelivery::Deliver(Connection& connection, const ClaimedRecipient& recipient) {
  const auto rules = store_.sending_rules().Get(connection);
  const auto keys = store_.signer().Get(connection, store_.options().queue.hostname);
  Attempt attempt{.result = ResultOf(recipient), .found = FindAccounts(connection, recipient)};
  if (attempt.found.ok()) {
    attempt.message = LoadMessage(connection, recipient.message);
    if (attempt.message == nullptr) {
      attempt.found = absl::UnavailableError("the body cannot be read");
    }
  }
  Originals originals;
  for (;;) {
    std::vector<Attempted> missing;
    {
      Transaction transaction(connection);
      const OwnMailContext notifications{store_.options().queue, *rules, *keys};
      const SettleContext context{notifications, originals};
      Settlement settlement = TryDelivery(transaction, context, recipient, &attempt);
      if (settlement.missing.empty()) {
        failpoint::Reach(failpoint::Point::kStoreLocalWritten);
        transaction.Commit();
        failpoint::Reach(failpoint::Point::kStoreLocalCommitted);
        store_.Publish(attempt.commit);
        store_.Publish(settlement.commit);
        return;
      }
      missing = std::move(settlement.missing);
    }
    LoadOriginals(connection, {&missing.front()}, &originals);
  }
}

// Into the mailboxes and out of the queue; or, if that cannot be, as an attempt that failed.
Settlement LocalDelivery::TryDelivery(Transaction& transaction, const SettleContext& context,
                                      const ClaimedRecipient& recipient, Attempt* attempt) {
  const v1::AttemptResult* const results[] = {&attempt->result};
  attempt->commit = {};
  if (!LockAttempts(transaction, worker_, attempt->result.lease())) {
    return {};
  }
  if (attempt->found.ok()) {
    Op op = AddFor(*attempt->found, recipient, attempt->message);
    BatchMember member{&op, absl::OkStatus()};
    attempt->commit =
        TransactWithin(transaction, {&member, 1}, {.now = absl::ToUnixSeconds(absl::Now())});
    if (!member.status.ok()) {
      attempt->found = member.status;
    }
  }
  if (!attempt->found.ok()) {
    SetFailure(attempt->found.status(), &attempt->result);
  }
  Settlement settlement = Settle(transaction, context, worker_, results);
  if (!settlement.dues.empty()) {
    LowerSites(transaction, {{kLocalSite, settlement.dues.front()}});
  }
  return settlement;
}

}  // namespace posthorn::store
