#include "mailstore/outbound/expiry_rows.h"

#include "mailstore/db/binary_array.h"
#include "mailstore/outbound/claim_rows.h"
#include "mailstore/outbound/queue_filter.h"

namespace posthorn::store {
namespace {

// Not an attempt: they are not counted.
constexpr Statement kClaim{
    "queue_recipient.claim_expired",
    "WITH picked AS MATERIALIZED (SELECT r.recipient_id FROM queue_message m "
    "JOIN queue_recipient r USING (account_id, blob_id) LEFT JOIN queue_site s USING (site) "
    "WHERE m.expires_at <= " QUEUE_NOW
    " / 1000 AND (s.suspended OR m.expires_at + 3600 <= " QUEUE_NOW
    " / 1000) AND NOT r.held AND NOT " QUEUE_LEASED
    " ORDER BY m.expires_at LIMIT $2 FOR UPDATE OF r SKIP LOCKED) "
    "UPDATE queue_recipient r SET next_attempt_at = " QUEUE_NOW
    " + $3::bigint, lease_epoch = r.lease_epoch + 1, leased = true, data_sent = false, worker = $1 "
    "FROM picked p WHERE r.recipient_id = p.recipient_id "
    "RETURNING r.recipient_id, r.lease_epoch, r.diagnostic"};

}  // namespace

std::vector<v1::AttemptResult> ClaimExpired(Transaction& transaction, const std::string& worker,
                                            int most) {
  std::vector<v1::AttemptResult> results;
  for (const auto& row : transaction.Exec(kClaim, Octets(worker), most, kLeaseMilliseconds)) {
    v1::AttemptResult& result = results.emplace_back();
    result.mutable_lease()->set_recipient_id(row[0].as<uint64_t>());
    result.mutable_lease()->set_lease_epoch(row[1].as<uint64_t>());
    result.set_outcome(v1::AttemptResult::OUTCOME_DEFERRED);
    const std::string diagnostic = row[2].c_str();
    result.set_diagnostic(diagnostic.empty() ? "it could not be tried in time" : diagnostic);
  }
  return results;
}

}  // namespace posthorn::store
