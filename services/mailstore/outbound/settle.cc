#include "mailstore/outbound/settle.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "mailstore/batch/transact.h"
#include "mailstore/outbound/clean_text.h"
#include "mailstore/outbound/notification.h"
#include "mailstore/outbound/settle_rows.h"

namespace posthorn::store {
namespace {

using Results = std::map<uint64_t, const v1::AttemptResult*>;
constexpr size_t kMostText = 1'000;

void CountEvents(absl::Span<const SettledRecipient> settled, size_t fenced) {
  static constexpr char kName[] = "posthorn_queue_recipients_total";
  static constexpr char kHelp[] = "Recipients by what became of an attempt";
  for (const SettledRecipient& one : settled) {
    if (!one.verdict.event.empty()) {
      metrics::Counter(kName, kHelp, {{"event", one.verdict.event}}).Increment();
    }
  }
  if (fenced > 0) {
    static auto& counter = metrics::Counter("posthorn_queue_fenced_total",
                                            "Results that came after their lease was lost");
    counter.Increment(static_cast<double>(fenced));
  }
}

mail::ReportRecipient ReportedOf(const SettledRecipient& settled) {
  const Attempted& attempted = *settled.attempted;
  const v1::AttemptResult& result = *settled.result;
  mail::ReportRecipient report =
      ReportOf(attempted.forward_path, attempted.original_recipient, *settled.verdict.report);
  report.status = settled.verdict.status_code;
  // RFC 3464 2.3.4: a failure is permanent, also one by time.
  if (report.action == mail::ReportAction::kFailed && report.status.front() == '4') {
    report.status.front() = '5';
  }
  report.remote_mta = CleanText(result.remote_mta(), kMostText);
  report.diagnostic = settled.verdict.diagnostic;
  report.remote_reply = result.remote_reply();
  report.last_attempt_at = attempted.now;
  report.will_retry_until = attempted.expires_at;
  return report;
}

std::vector<SettledRecipient> JudgeAll(const std::vector<Attempted>& attempted,
                                       const Results& results, const QueueOptions& options) {
  absl::BitGen random;
  std::vector<SettledRecipient> settled;
  for (const Attempted& one : attempted) {
    const v1::AttemptResult& result = *results.at(one.recipient_id);
    const double chance = absl::Uniform(random, 0.0, 1.0);
    settled.push_back({&one, &result, Judge(one, result, options, chance)});
  }
  return settled;
}

// Notifications of a message are one.
std::map<BlobKey, Notification> Gather(absl::Span<const SettledRecipient> settled) {
  std::map<BlobKey, Notification> notifications;
  for (const SettledRecipient& one : settled) {
    if (!one.verdict.report.has_value()) {
      continue;
    }
    Notification& notification = notifications[one.attempted->message];
    notification.envelope = &one.attempted->envelope;
    notification.arrived_at = one.attempted->created_at;
    notification.now = one.attempted->now;
    notification.recipients.push_back(ReportedOf(one));
  }
  return notifications;
}

void Append(Commit from, Commit* to) {
  std::move(from.mailboxes.begin(), from.mailboxes.end(), std::back_inserter(to->mailboxes));
  std::move(from.blobs.begin(), from.blobs.end(), std::back_inserter(to->blobs));
  to->queued = to->queued || from.queued;
}

std::vector<absl::Status> RunAll(Transaction& transaction, std::vector<std::unique_ptr<Op>>& ops,
                                 Commit* commit) {
  std::vector<BatchMember> members;
  for (const auto& op : ops) {
    members.push_back({op.get(), absl::OkStatus()});
  }
  Append(TransactWithin(transaction, absl::MakeSpan(members),
                        {.now = absl::ToUnixSeconds(absl::Now())}),
         commit);
  std::vector<absl::Status> statuses;
  for (const BatchMember& member : members) {
    statuses.push_back(member.status);
  }
  return statuses;
}

// A sender whose INBOX is full gets its notification when there is room.
void HoldFailed(Transaction& transaction, const std::vector<std::unique_ptr<Op>>& ops,
                const std::vector<absl::Status>& statuses, std::vector<NotifiedSender>* senders,
                Commit* commit) {
  std::vector<std::unique_ptr<Op>> later;
  for (size_t i = 0; i < statuses.size(); ++i) {
    if (!statuses[i].ok()) {
      NotifiedSender& sender = (*senders)[i];
      sender.diagnostic = CleanText(statuses[i].message(), kMostText);
      later.push_back(std::make_unique<Op>(
          std::move(*HoldLocally(std::get<AddOp>(*ops[i]), sender.reverse_path))));
    }
  }
  if (!later.empty()) {
    RunAll(transaction, later, commit);
  }
}

void Notify(Transaction& transaction, const SettleContext& context,
            const std::map<BlobKey, Notification>& notifications, Settlement* settlement) {
  std::vector<std::unique_ptr<Op>> ops;
  std::vector<NotifiedSender> senders;  // as ops
  std::vector<NotifiedSender> unknown;
  for (const auto& [key, notification] : notifications) {
    const std::string& sender = notification.envelope->reverse_path();
    auto add = MakeNotification(notification, context.originals.at(key), context.notifications);
    if (add == nullptr) {
      unknown.push_back({key, sender, "there is no such sender"});
    } else {
      ops.push_back(std::make_unique<Op>(std::move(*add)));
      senders.push_back({key, sender, ""});
    }
  }
  if (!ops.empty()) {
    const std::vector<absl::Status> statuses = RunAll(transaction, ops, &settlement->commit);
    HoldFailed(transaction, ops, statuses, &senders, &settlement->commit);
    settlement->notified = true;
  }
  senders.insert(senders.end(), unknown.begin(), unknown.end());
  LogNotified(transaction, senders);
}

}  // namespace

Settlement Settle(Transaction& transaction, const SettleContext& context, const std::string& worker,
                  absl::Span<const v1::AttemptResult* const> results) {
  Settlement settlement;
  Results by_id;
  std::vector<v1::Lease> leases;
  for (const v1::AttemptResult* result : results) {
    if (by_id.emplace(result->lease().recipient_id(), result).second) {
      leases.push_back(result->lease());
    }
  }
  const std::vector<Attempted> attempted = LockAttempted(transaction, worker, leases);
  const std::vector<SettledRecipient> settled =
      JudgeAll(attempted, by_id, context.notifications.options);
  for (const SettledRecipient& one : settled) {
    if (one.verdict.report.has_value() && !context.originals.contains(one.attempted->message)) {
      settlement.missing.push_back(*one.attempted);
    }
    if (!one.verdict.gone) {
      settlement.dues.push_back(one.verdict.next_in_milliseconds);
    }
    by_id.erase(one.attempted->recipient_id);
  }
  if (!settlement.missing.empty()) {
    return settlement;
  }
  for (const auto& [id, result] : by_id) {
    settlement.fenced.push_back(id);
  }
  WriteSettled(transaction, settled);
  const std::map<BlobKey, Notification> notifications = Gather(settled);
  if (!notifications.empty()) {
    Notify(transaction, context, notifications, &settlement);
  }
  CountEvents(settled, settlement.fenced.size());
  return settlement;
}

}  // namespace posthorn::store
