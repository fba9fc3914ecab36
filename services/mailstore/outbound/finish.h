// The work behind Outbound.FinishWork and the claims, on a thread that may block. All throws what
// libpqxx throws.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailstore/batch/commit.h"
#include "mailstore/db/connection.h"
#include "mailstore/outbound/claim_rows.h"
#include "mailstore/outbound/queue_options.h"
#include "mailstore/outbound/refreshed.h"
#include "mailstore/outbound/sending_rules.h"
#include "mailstore/outbound/signer.h"

namespace posthorn::store {

class Finisher {
 public:
  // `publish` is told of what notifications changed, after each commit. All must outlive it.
  Finisher(const QueueOptions& options, Refreshed<SendingRules>& rules, Signer& signer,
           std::function<void(const Commit&)> publish,
           int64_t lease_milliseconds = kLeaseMilliseconds)
      : options_(options),
        rules_(rules),
        signer_(signer),
        publish_(std::move(publish)),
        lease_milliseconds_(lease_milliseconds) {}

  absl::StatusOr<v1::FinishWorkResponse> Finish(Connection& connection,
                                                const v1::FinishWorkRequest& request);

  // Settles recipients that the worker has leased apart from any slot and attempt.
  void SettleAlone(Connection& connection, const std::string& worker,
                   absl::Span<const v1::AttemptResult> results);

  // One slot with work for each worker, as far as there is any; by the indexes of `wanted`.
  std::vector<std::optional<v1::Work>> Claim(Connection& connection,
                                             const std::vector<SlotWanted>& wanted);

 private:
  using Recipients = std::vector<ClaimedRecipient>;

  // Tells the site, and gives the slot back unless there are more recipients for it.
  Recipients GoOn(Transaction& transaction, const v1::FinishWorkRequest& request,
                  const std::vector<int64_t>& dues);
  // Completes work with its messages and its route.
  v1::Work WorkOf(Transaction& transaction, const SendingRules& rules, const v1::Slot& slot,
                  const Recipients& recipients);
  // Returns recipients to their senders that an administrator had returned.
  void Bounce(Connection& connection, const std::string& worker, const Recipients& recipients);

  const QueueOptions& options_;
  Refreshed<SendingRules>& rules_;
  Signer& signer_;
  const std::function<void(const Commit&)> publish_;
  const int64_t lease_milliseconds_;
  ScanFloors floors_{lease_milliseconds_};
};

}  // namespace posthorn::store
