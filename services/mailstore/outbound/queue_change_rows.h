// What administrators change in the queue. All functions block and are for Pool::Run; they throw
// what libpqxx throws.
#pragma once

#include <cstdint>

#include "mailstore/db/connection.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// Some of the recipients that were to be changed.
struct QueueChangeStep {
  uint64_t changed = 0;
  int64_t last_recipient_id = 0;
  bool more = false;
};

// Changes at most `limit` of the recipients that match and whose ids are above
// `after_recipient_id`, in a transaction that wakes their sites and tells the log. Recipients under
// a lease:
//   hold, release  the marks change, the attempt goes on; who settles it looks at `held`
//   retry          nothing: they are being tried
//   bounce, remove follow if the attempt under way does not deliver
// What is bounced is settled by the next claim, for which a site that rests is woken; at a
// suspended site by a sweep (outbound/return_sweep.h).
QueueChangeStep ChangeQueue(Connection& connection, const v1::QueueFilter& filter,
                            v1::ChangeQueueRequest::Change change, int64_t after_recipient_id,
                            int limit);

}  // namespace posthorn::store
