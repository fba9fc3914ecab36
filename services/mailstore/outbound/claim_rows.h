// Leases: slots of sites and recipients, as workers claim, renew and give them back. All blocks and
// throws what libpqxx throws.
//
// Locks, in this order: recipients (workers that settle their own), messages, accounts, mailboxes,
// sites, slots. A claim takes its site first, but never waits for any but the slot: what others
// have locked it leaves alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"
#include "mailstore/outbound/scan_floors.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

inline constexpr char kLocalSite[] = "local";

// One recipient of a claim.
struct ClaimedRecipient {
  v1::LeasedRecipient lease;
  BlobKey message;
  int32_t priority = 0;
  bool bounce = false;  // an administrator returns it: no attempt is made
};

struct SlotWanted {
  std::string worker;
  uint32_t recipients = 0;  // at most
};

// What one worker gets.
struct ClaimedSlot {
  v1::Slot slot;
  size_t wanted = 0;  // for whom: an index
  std::string worker;
  std::vector<ClaimedRecipient> recipients;  // those of a message together
};

struct ClaimOutcome {
  // Each of another site; not always for the first of those that want one.
  std::vector<ClaimedSlot> slots;
  // There were sites that looked due and had nothing: it is worth to ask again.
  bool again = false;
};

inline constexpr int64_t kLeaseMilliseconds = 60'000;  // where nothing else is set

struct ClaimContext {
  int64_t lease_milliseconds = 0;  // from now
  ScanFloors& floors;
};

// Leases slots of sites that are due, with recipients. A site that had few recipients, or none,
// that were due rests until the next of them is. Not site "local".
ClaimOutcome ClaimSlots(Transaction& transaction, absl::Span<const SlotWanted> wanted,
                        const ClaimContext& context);

// More recipients of one site under a slot that is held. Empty: there are none that are due. Leaves
// the site's row alone, which all connections to it share: it may look due and have nothing, and
// ClaimSlots then puts it to rest.
std::vector<ClaimedRecipient> ClaimMore(Transaction& transaction, const std::string& site,
                                        const SlotWanted& wanted, const ClaimContext& context);

// The same for site "local", which has no slots: it rests when it had fewer than were wanted.
std::vector<ClaimedRecipient> ClaimLocal(Transaction& transaction, const SlotWanted& wanted,
                                         const ClaimContext& context);

// Gives recipients back, to be claimed at another site: not an attempt. Their site must be lowered.
struct MovedRecipient {
  uint64_t recipient_id = 0;
  std::string site;
};
void MoveRecipients(Transaction& transaction, absl::Span<const MovedRecipient> moved);

// Prolongs, a slot only when a quarter of its time is over; returns the recipients that are held.
std::vector<uint64_t> RenewRecipients(Transaction& transaction, const std::string& worker,
                                      absl::Span<const v1::Lease> leases,
                                      int64_t lease_milliseconds);
bool RenewSlot(Transaction& transaction, const std::string& worker, const v1::Slot& slot,
               int64_t lease_milliseconds);
void FreeSlot(Transaction& transaction, const std::string& worker, const v1::Slot& slot);
// How many of the leases are held; the attempts may have delivered from now on.
size_t NoteDataSent(Transaction& transaction, const std::string& worker,
                    absl::Span<const v1::Lease> leases);

// Messages of so many octets at most come with their claim (carried_octets.h).
inline constexpr int64_t kMostCarried = 64 << 10;

// The messages, in no order; those that are gone are left out. Of their octets they have only the
// DKIM-Signature fields that go before.
std::vector<v1::QueuedMessage> LoadQueuedMessages(Transaction& transaction,
                                                  absl::Span<const BlobKey> keys);

// The DKIM-Signature fields that go before a message; none if it has left the queue.
absl::StatusOr<std::optional<std::string>> LoadSignatures(Connection& connection, BlobKey key);

}  // namespace posthorn::store
