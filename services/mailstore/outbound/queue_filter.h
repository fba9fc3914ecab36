// A filter of the queue as a condition of statements, and what they say of recipients that match.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "mailstore/outbound/queue_id.h"
#include "mailstore/outbound/queue_sql.h"
#include "posthorn/v1/outbound.pb.h"

// Recipients r with their messages m; $1 to $5 are QueueFilterParameters.
#define QUEUE_MATCHING                                                                       \
  "FROM queue_recipient r JOIN queue_message m USING (account_id, blob_id) WHERE "           \
  "($1::bigint = 0 OR (r.account_id = $1::bigint AND r.blob_id = $2::bigint)) "              \
  "AND ($3::text = '' OR r.site = $3::text) AND ($4::text = '' OR lower(CASE $4::text "      \
  "WHEN '<>' THEN '' ELSE $4::text END) IN (lower(m.reverse_path), lower(r.reverse_path))) " \
  "AND ($5::text = '' OR lower(r.forward_path) = lower($5::text)) "
// The message's id in the contract.
#define QUEUE_ID(row) "((" row ".account_id - 4611686018427387904) << 48 | " row ".blob_id)"
// Somebody has the recipient's lease. One that ran out leaves its mark behind.
#define QUEUE_LEASED \
  "(r.leased AND r.next_attempt_at > " QUEUE_NOW " AND r.next_attempt_at < " QUEUE_NEVER ")"

namespace posthorn::store {

// "<>" stands for the null reverse-path. Paths match in any case. A number that no message can have
// matches nothing.
struct QueueFilterParameters {
  explicit QueueFilterParameters(const v1::QueueFilter& filter)
      : site(filter.site()),
        reverse_path(filter.reverse_path()),
        forward_path(filter.forward_path()) {
    if (filter.message_id() != 0) {
      const BlobKey key =
          FromQueueId(filter.message_id()).value_or(BlobKey{AccountId(1), BlobId(0)});
      account = static_cast<int64_t>(key.account.value());
      blob = key.blob.value();
    }
  }

  // Runs a statement whose further parameters are from $6 on.
  template <class Session, class Statement, class... Args>
  auto Exec(Session& session, const Statement& statement, Args&&... args) const {
    return session.Exec(statement, account, blob, site, reverse_path, forward_path,
                        std::forward<Args>(args)...);
  }

  int64_t account = 0;  // 0: of any message
  int64_t blob = 0;
  std::string site;
  std::string reverse_path;
  std::string forward_path;
};

}  // namespace posthorn::store
