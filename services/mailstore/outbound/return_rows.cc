#include "mailstore/outbound/return_rows.h"

#include "mailstore/db/binary_array.h"
#include "mailstore/outbound/claim_rows.h"
#include "mailstore/outbound/queue_filter.h"
#include "mailstore/outbound/verdict.h"

namespace posthorn::store {
namespace {

// Leases those of `picked`, which select recipient_id and lock. Not an attempt: none is counted.
#define QUEUE_CLAIM_ALONE(picked)                                                                  \
  "WITH picked AS MATERIALIZED (" picked                                                           \
  " LIMIT $2 FOR UPDATE OF r SKIP LOCKED) "                                                        \
  "UPDATE queue_recipient r SET next_attempt_at = " QUEUE_NOW                                      \
  " + $3::bigint, lease_epoch = r.lease_epoch + 1, leased = true, data_sent = false, worker = $1 " \
  "FROM picked p WHERE r.recipient_id = p.recipient_id "                                           \
  "RETURNING r.recipient_id, r.lease_epoch, r.diagnostic"

constexpr Statement kClaimExpired{
    "queue_recipient.claim_expired",
    QUEUE_CLAIM_ALONE("SELECT r.recipient_id FROM queue_message m JOIN queue_recipient r USING "
                      "(account_id, blob_id) LEFT JOIN queue_site s USING (site) "
                      "WHERE m.expires_at <= " QUEUE_NOW
                      " / 1000 AND (s.suspended OR m.expires_at + 3600 <= " QUEUE_NOW
                      " / 1000) AND NOT r.held AND NOT " QUEUE_LEASED " ORDER BY m.expires_at")};
constexpr Statement kClaimReturned{
    "queue_recipient.claim_returned",
    QUEUE_CLAIM_ALONE("SELECT r.recipient_id FROM queue_site s JOIN queue_recipient r USING (site) "
                      "WHERE s.suspended AND r.bounce AND NOT r.held AND NOT " QUEUE_LEASED)};

}  // namespace

std::vector<v1::AttemptResult> ClaimExpired(Transaction& transaction, const std::string& worker,
                                            int most) {
  std::vector<v1::AttemptResult> results;
  for (const auto& row :
       transaction.Exec(kClaimExpired, Octets(worker), most, kLeaseMilliseconds)) {
    v1::AttemptResult& result = results.emplace_back();
    result.mutable_lease()->set_recipient_id(row[0].as<uint64_t>());
    result.mutable_lease()->set_lease_epoch(row[1].as<uint64_t>());
    result.set_outcome(v1::AttemptResult::OUTCOME_DEFERRED);
    const std::string diagnostic = row[2].c_str();
    result.set_diagnostic(diagnostic.empty() ? "it could not be tried in time" : diagnostic);
  }
  return results;
}

std::vector<v1::AttemptResult> ClaimReturned(Transaction& transaction, const std::string& worker,
                                             int most) {
  std::vector<v1::AttemptResult> results;
  for (const auto& row :
       transaction.Exec(kClaimReturned, Octets(worker), most, kLeaseMilliseconds)) {
    results.push_back(ReturnedByAdministrator(row[0].as<uint64_t>(), row[1].as<uint64_t>()));
  }
  return results;
}

}  // namespace posthorn::store
