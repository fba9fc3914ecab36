#include "mailstore/outbound/finish.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "common/failpoint/failpoint.h"
#include "mailstore/outbound/enqueue_rows.h"
#include "mailstore/outbound/queue_sql.h"
#include "mailstore/outbound/settle.h"
#include "mailstore/outbound/settle_rows.h"
#include "mailstore/outbound/verdict.h"

namespace posthorn::store {
namespace {

// Of sites that look due and are not, in one call.
constexpr int kMostRounds = 20;

template <typename Results>
std::vector<const v1::AttemptResult*> PointersTo(const Results& results) {
  std::vector<const v1::AttemptResult*> pointers;
  for (const v1::AttemptResult& result : results) {
    pointers.push_back(&result);
  }
  return pointers;
}

// Leaves the transaction open. What notifications need is read before it, once it is known that
// there are any: an attempt that was successful costs nothing for it.
Settlement SettleIn(std::optional<Transaction>& transaction, Connection& connection,
                    const OwnMailContext& context, const std::string& worker,
                    absl::Span<const v1::AttemptResult* const> results) {
  Originals originals;
  for (;;) {
    transaction.emplace(connection);
    Settlement settlement = Settle(*transaction, {context, originals}, worker, results);
    if (settlement.missing.empty()) {
      return settlement;
    }
    transaction.reset();
    std::vector<const Attempted*> wanted;
    for (const Attempted& attempted : settlement.missing) {
      wanted.push_back(&attempted);
    }
    LoadOriginals(connection, wanted, &originals);
  }
}

// Takes them out of the list.
std::vector<ClaimedRecipient> TakeBounces(std::vector<ClaimedRecipient>& recipients) {
  std::vector<ClaimedRecipient> bounces;
  for (const ClaimedRecipient& recipient : recipients) {
    if (recipient.bounce) {
      bounces.push_back(recipient);
    }
  }
  std::erase_if(recipients, [](const ClaimedRecipient& recipient) { return recipient.bounce; });
  return bounces;
}

// The site of a route that is no more: its recipients go where they belong now.
bool IsAbandoned(const SendingRules& rules, const std::string& site) {
  return absl::StartsWith(site, "route:") && !rules.RouteOf(site).has_value();
}

void Reroute(Transaction& transaction, const SendingRules& rules, const ClaimedSlot& slot) {
  std::vector<MovedRecipient> moved;
  std::vector<SiteDue> sites;
  for (const ClaimedRecipient& recipient : slot.recipients) {
    const v1::LeasedRecipient& lease = recipient.lease;
    moved.push_back(
        {lease.recipient_id(), rules.SiteOf(lease.forward_path(), lease.reverse_path())});
    sites.push_back({moved.back().site, 0});
  }
  MoveRecipients(transaction, moved);
  LowerSites(transaction, std::move(sites));
  FreeSlot(transaction, slot.worker, slot.slot);
}

}  // namespace

v1::Work Finisher::WorkOf(Transaction& transaction, const SendingRules& rules, const v1::Slot& slot,
                          const std::vector<ClaimedRecipient>& recipients) {
  v1::Work work;
  *work.mutable_slot() = slot;
  work.mutable_slot()->set_lease_milliseconds(lease_milliseconds_);
  if (auto route = rules.RouteOf(slot.site()); route.has_value()) {
    *work.mutable_route() = *std::move(route);
  }
  std::set<BlobKey> keys;
  for (const ClaimedRecipient& recipient : recipients) {
    keys.insert(recipient.message);
    *work.add_recipients() = recipient.lease;
  }
  for (v1::QueuedMessage& message :
       LoadQueuedMessages(transaction, std::vector<BlobKey>(keys.begin(), keys.end()))) {
    *work.add_messages() = std::move(message);
  }
  return work;
}

// The leases are of the worker they were claimed for: nobody else can do anything with them.
std::vector<std::optional<v1::Work>> Finisher::Claim(Connection& connection,
                                                     const std::vector<SlotWanted>& wanted) {
  const auto rules = rules_.Get(connection);
  std::vector<std::optional<v1::Work>> claimed(wanted.size());
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<size_t> indexes;
    std::vector<SlotWanted> unserved;
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (!claimed[i].has_value()) {
        indexes.push_back(i);
        unserved.push_back(wanted[i]);
      }
    }
    if (unserved.empty()) {
      break;
    }
    Transaction transaction(connection);
    ClaimOutcome outcome = ClaimSlots(transaction, unserved, {lease_milliseconds_, floors_});
    if (outcome.slots.empty() && !outcome.again) {
      break;
    }
    std::vector<std::pair<std::string, std::vector<ClaimedRecipient>>> bounces;
    for (ClaimedSlot& slot : outcome.slots) {
      if (auto bounced = TakeBounces(slot.recipients); !bounced.empty()) {
        bounces.emplace_back(slot.worker, std::move(bounced));
      }
      if (slot.recipients.empty()) {
        FreeSlot(transaction, slot.worker, slot.slot);
      } else if (IsAbandoned(*rules, slot.slot.site())) {
        Reroute(transaction, *rules, slot);
      } else {
        claimed[indexes[slot.wanted]] = WorkOf(transaction, *rules, slot.slot, slot.recipients);
      }
    }
    if (!outcome.slots.empty()) {
      failpoint::Reach(failpoint::Point::kStoreClaimLeased);
    }
    transaction.Commit();
    for (const auto& [worker, recipients] : bounces) {
      Bounce(connection, worker, recipients);
    }
  }
  return claimed;
}

void Finisher::Bounce(Connection& connection, const std::string& worker,
                      const std::vector<ClaimedRecipient>& recipients) {
  std::vector<v1::AttemptResult> results;
  for (const ClaimedRecipient& recipient : recipients) {
    results.push_back(
        ReturnedByAdministrator(recipient.lease.recipient_id(), recipient.lease.lease_epoch()));
  }
  SettleAlone(connection, worker, results);
}

void Finisher::SettleAlone(Connection& connection, const std::string& worker,
                           absl::Span<const v1::AttemptResult> results) {
  const auto rules = rules_.Get(connection);
  const auto keys = signer_.Get(connection, options_.hostname);
  std::optional<Transaction> transaction;
  const Settlement settlement =
      SettleIn(transaction, connection, {options_, *rules, *keys}, worker, PointersTo(results));
  transaction->Commit();
  publish_(settlement.commit);
}

Finisher::Recipients Finisher::GoOn(Transaction& transaction, const v1::FinishWorkRequest& request,
                                    const std::vector<int64_t>& dues) {
  const v1::Slot& slot = request.slot();
  const SiteNews news{.site = slot.site(),
                      .state = request.site(),
                      .diagnostic = request.site_diagnostic(),
                      .dues = dues};
  const bool on = TellSite(transaction, news, slot.number(), options_);
  Recipients recipients;
  if (on && request.more_recipients() > 0 &&
      RenewSlot(transaction, request.worker_id(), slot, lease_milliseconds_)) {
    recipients =
        ClaimMore(transaction, slot.site(), {request.worker_id(), request.more_recipients()},
                  {lease_milliseconds_, floors_});
  }
  if (recipients.empty()) {
    FreeSlot(transaction, request.worker_id(), slot);
  }
  return recipients;
}

absl::StatusOr<v1::FinishWorkResponse> Finisher::Finish(Connection& connection,
                                                        const v1::FinishWorkRequest& request) {
  const auto rules = rules_.Get(connection);
  const auto keys = signer_.Get(connection, options_.hostname);
  const std::vector<const v1::AttemptResult*> results = PointersTo(request.results());
  if (!results.empty()) {
    failpoint::Reach(failpoint::Point::kStoreSettleBegun);
  }
  std::optional<Transaction> transaction;
  const Settlement settlement =
      SettleIn(transaction, connection, {options_, *rules, *keys}, request.worker_id(), results);
  if (settlement.notified) {
    failpoint::Reach(failpoint::Point::kStoreNotifyWritten);
    // Notifications have locked sites, and this one is not in order with them.
    transaction->Commit();
    failpoint::Reach(failpoint::Point::kStoreNotifyCommitted);
    publish_(settlement.commit);
    transaction.emplace(connection);
  }
  Recipients recipients = GoOn(*transaction, request, settlement.dues);
  const Recipients bounces = TakeBounces(recipients);
  v1::FinishWorkResponse response;
  response.mutable_fenced_recipient_ids()->Add(settlement.fenced.begin(), settlement.fenced.end());
  if (!recipients.empty()) {
    *response.mutable_work() = WorkOf(*transaction, *rules, request.slot(), recipients);
  } else if (!bounces.empty()) {
    FreeSlot(*transaction, request.worker_id(), request.slot());
  }
  if (!results.empty()) {
    failpoint::Reach(failpoint::Point::kStoreSettleWritten);
  }
  transaction->Commit();
  if (!bounces.empty()) {
    transaction.reset();
    Bounce(connection, request.worker_id(), bounces);
  }
  return response;
}

}  // namespace posthorn::store
