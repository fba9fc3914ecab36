// Settling of recipients after attempts: they leave the queue or get their next attempt, and their
// senders are told, all in one transaction.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/batch/commit.h"
#include "mailstore/db/transaction.h"
#include "mailstore/outbound/notification.h"
#include "mailstore/outbound/original.h"
#include "mailstore/outbound/verdict.h"

namespace posthorn::store {

struct SettleContext {
  const OwnMailContext& notifications;
  // Of messages whose senders may have to be told.
  const Originals& originals;
};

struct Settlement {
  std::vector<uint64_t> fenced;  // recipients whose lease is lost
  // Attempts whose messages are missing in the originals: nothing was written. The transaction is
  // to be given up, and begun again with them.
  std::vector<Attempted> missing;
  std::vector<int64_t> dues;  // milliseconds until recipients that stay are due
  bool notified = false;      // accounts, mailboxes and sites are locked
  Commit commit;              // of notifications, to be published after the commit
};

// Results under a lease that is lost are left out, and named. Throws what libpqxx throws.
Settlement Settle(Transaction& transaction, const SettleContext& context, const std::string& worker,
                  absl::Span<const v1::AttemptResult* const> results);

}  // namespace posthorn::store
