// Rows of recipients that are settled. All blocks and throws what libpqxx throws.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"
#include "mailstore/outbound/verdict.h"

namespace posthorn::store {

// Those of the leases that are held, locked, by id.
std::vector<Attempted> LockAttempted(Transaction& transaction, const std::string& worker,
                                     absl::Span<const v1::Lease> leases);

// Locks the recipient and its message, which come before accounts and mailboxes in order. False if
// the lease is lost.
bool LockAttempts(Transaction& transaction, const std::string& worker, const v1::Lease& lease);

// One recipient with what has become of it.
struct SettledRecipient {
  const Attempted* attempted = nullptr;
  const v1::AttemptResult* result = nullptr;
  Verdict verdict;
};

// Takes those that are gone out of the queue, with messages that have none left and their bodies,
// gives the others their next attempt, and writes the log.
void WriteSettled(Transaction& transaction, absl::Span<const SettledRecipient> settled);

// What an administrator sees of notifications.
struct NotifiedSender {
  BlobKey about;
  std::string reverse_path;
  std::string diagnostic;
};
void LogNotified(Transaction& transaction, absl::Span<const NotifiedSender> notified);

// What the connection says of its site. `dues`: milliseconds until its recipients that were given
// back are due. Locks the site if there are any, or other news.
struct SiteNews {
  std::string site;
  v1::FinishWorkRequest::SiteState state = v1::FinishWorkRequest::SITE_UNKNOWN;
  std::string diagnostic;
  std::vector<int64_t> dues;
};
// Whether a connection with this slot's number may go on.
bool TellSite(Transaction& transaction, const SiteNews& news, uint32_t slot_number,
              const QueueOptions& options);

}  // namespace posthorn::store
