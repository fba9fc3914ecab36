// Rows of messages that come into the queue: queue_message, queue_recipient, queue_site and the
// first line of each recipient in delivery_log. Functions throw what libpqxx throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"
#include "mailstore/outbound/queued_mail.h"

namespace posthorn::store {

// Numbers for messages (as blob ids) and recipients, never given out before, ascending.
std::vector<int64_t> TakeQueueIds(Transaction& transaction, size_t n);

struct NewQueued {
  BlobKey key;
  const QueuedMail* mail = nullptr;
  int64_t size = 0;
  std::vector<int64_t> recipient_ids;  // as mail->recipients
};

// A constant number of statements. Sites are locked last and in their order: whoever has locked
// accounts or mailboxes has done so before.
//
// No wake-up is lost: the rows of the sites are locked FOR KEY SHARE until the recipients are
// there for all to see, and who sets a site's next_due ahead holds its row FOR UPDATE and then
// looks for recipients (RestSites).
void InsertQueued(Transaction& transaction, absl::Span<const NewQueued> messages);

// Makes the site known and due then, unless it is due before; milliseconds from now.
struct SiteDue {
  std::string site;
  int64_t in_milliseconds = 0;
};
void LowerSites(Transaction& transaction, std::vector<SiteDue> sites);

}  // namespace posthorn::store
