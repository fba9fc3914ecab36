#include "mailstore/outbound/claim_rows.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "mailstore/db/binary_array.h"
#include "mailstore/outbound/queue_id.h"
#include "mailstore/outbound/queue_sql.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

// A site that had more goes on to look due: those who enqueue for a site that is busy need not wait
// for its row.
constexpr uint32_t kFew = 8;
// The row of site "local" is written so often at most while it has mail.
constexpr int64_t kTurnMilliseconds = 1'000;

// Free is a number within the window that has no slot under lease.
#define LOWEST_FREE_NUMBER                                                                   \
  "(SELECT min(n) FROM generate_series(0, greatest(floor(s.window_size)::int, 1) - 1) AS n " \
  "WHERE NOT EXISTS (SELECT FROM queue_slot l WHERE l.site = s.site AND l.number = n "       \
  "AND l.lease_until > " QUEUE_NOW "))"

// The floor of the kth site and of priority g.
#define QUEUE_FLOOR "($4::bigint[])[(k.n - 1) * 19 + 10 - g.priority]"

// FOR NO KEY UPDATE keeps other claims away, and not those who enqueue (InsertQueued).
constexpr Statement kFindSites{
    "queue_site.find_due",
    "SELECT s.site FROM queue_site s WHERE s.next_due <= " QUEUE_NOW
    " AND NOT s.suspended AND s.dead_until <= " QUEUE_NOW
    " AND s.site <> 'local' AND " LOWEST_FREE_NUMBER
    " IS NOT NULL ORDER BY s.next_due LIMIT $1 FOR NO KEY UPDATE OF s SKIP LOCKED"};

// A statement of its own: it sees the slots of those who had the sites before.
constexpr Statement kTakeSlots{
    "queue_slot.take",
    "INSERT INTO queue_slot (site, number, epoch, lease_until, worker) "
    "SELECT s.site, f.n, 1, " QUEUE_NOW
    " + $3::bigint, k.worker FROM unnest($1::text[], $2::bytea[]) AS k (site, worker) "
    "JOIN queue_site s ON s.site = k.site, LATERAL (SELECT " LOWEST_FREE_NUMBER
    " AS n) f WHERE f.n IS NOT NULL ORDER BY s.site "
    "ON CONFLICT (site, number) DO UPDATE SET epoch = queue_slot.epoch + 1, "
    "lease_until = excluded.lease_until, worker = excluded.worker "
    "WHERE queue_slot.lease_until <= " QUEUE_NOW " RETURNING site, number, epoch"};

// Priority by priority, each by the index from its first due recipient on, and no further than
// what is wanted: recipients that are not due cost nothing, and those below the floors neither.
constexpr Statement kTakeRecipients{
    "queue_recipient.take",
    "WITH picked AS MATERIALIZED (SELECT p.recipient_id, p.account_id, p.blob_id, p.due, k.worker "
    "FROM unnest($1::text[], $2::int[], $3::bytea[]) WITH ORDINALITY AS k (site, most, worker, n), "
    "LATERAL (SELECT r.* FROM generate_series(9, -9, -1) AS g (priority), "
    "LATERAL (SELECT q.recipient_id, q.account_id, q.blob_id, q.next_attempt_at AS due "
    "FROM queue_recipient q "
    "WHERE q.site = k.site AND q.priority = g.priority AND NOT q.held "
    "AND q.next_attempt_at BETWEEN " QUEUE_FLOOR " AND " QUEUE_NOW
    " ORDER BY q.next_attempt_at LIMIT k.most FOR UPDATE SKIP LOCKED) r LIMIT k.most) p) "
    "UPDATE queue_recipient r SET next_attempt_at = " QUEUE_NOW
    " + $5::bigint, lease_epoch = r.lease_epoch + 1, attempts = r.attempts + 1, leased = true, "
    "data_sent = coalesce(m.size <= $6::bigint, false), worker = p.worker "
    "FROM picked p LEFT JOIN LATERAL (SELECT q.size, q.reverse_path FROM queue_message q WHERE "
    "q.account_id = p.account_id AND q.blob_id = p.blob_id OFFSET 0) m ON true "
    "WHERE r.recipient_id = p.recipient_id "
    "RETURNING r.recipient_id, r.account_id, r.blob_id, r.site, r.forward_path, "
    "coalesce(r.reverse_path, m.reverse_path), r.original_recipient, r.notify, "
    "r.attempts, r.lease_epoch, r.priority, r.bounce, p.due, r.next_attempt_at - $5::bigint"};

// Waits for nobody: while someone enqueues for the site it does not rest.
constexpr Statement kHoldSites{
    "queue_site.hold_to_rest",
    "SELECT site FROM queue_site WHERE site = ANY ($1::text[]) ORDER BY site "
    "FOR UPDATE SKIP LOCKED"};
#define FIRST_DUE                                                                          \
  "(SELECT min(f.due) FROM generate_series(9, -9, -1) AS g (priority), "                   \
  "LATERAL (SELECT q.next_attempt_at AS due FROM queue_recipient q WHERE q.site = k.site " \
  "AND q.priority = g.priority AND NOT q.held AND q.next_attempt_at >= " QUEUE_FLOOR       \
  " ORDER BY q.next_attempt_at LIMIT 1) f)"

// Sites that rest ($2) are due when the first of their recipients is, or after $6 ms if not all of
// them were looked at ($3); others stand behind all that are due, so that each has its turn.
// Those that had it in the last $5 ms are left where they are: while PostgreSQL keeps old versions,
// each one more makes the row slower to find.
constexpr Statement kMarkSites{
    "queue_site.mark",
    "UPDATE queue_site s SET used_at = " QUEUE_NOW
    ", next_due = d.due FROM (SELECT k.site, rests, CASE WHEN rests THEN "
    "least(" FIRST_DUE ", CASE WHEN whole THEN " QUEUE_NEVER " ELSE " QUEUE_NOW
    " + $6::bigint END) ELSE " QUEUE_NOW
    " END AS due FROM unnest($1::text[], $3::int[]) WITH ORDINALITY AS k (site, looked, n), "
    "LATERAL (SELECT k.site = ANY ($2::text[]) AS rests, k.looked <> 0 AS whole) c) d "
    "WHERE s.site = d.site AND s.next_due <> d.due AND (d.rests OR s.next_due "
    "NOT BETWEEN " QUEUE_NOW " - $5::bigint AND " QUEUE_NOW ")"};

constexpr Statement kFreeSlots{
    "queue_slot.free",
    "UPDATE queue_slot l SET lease_until = 0 FROM unnest($1::text[], $2::int[], $3::bigint[]) "
    "AS k (site, number, epoch) WHERE l.site = k.site AND l.number = k.number "
    "AND l.epoch = k.epoch AND l.worker = $4"};
// Written when a quarter of the lease is over, for the same reason.
constexpr Statement kRenewSlot{
    "queue_slot.renew",
    "WITH h AS MATERIALIZED (SELECT lease_until FROM queue_slot WHERE site = $1 AND number = $2 "
    "AND epoch = $3 AND worker = $4 AND lease_until > 0 FOR NO KEY UPDATE), "
    "renewed AS (UPDATE queue_slot SET lease_until = " QUEUE_NOW
    " + $5::bigint WHERE site = $1 AND number = $2 AND EXISTS (SELECT FROM h WHERE "
    "h.lease_until < " QUEUE_NOW " + $5::bigint * 3 / 4)) SELECT 1 FROM h"};
constexpr Statement kMove{
    "queue_recipient.move",
    "UPDATE queue_recipient r SET site = k.site, leased = false, worker = NULL, "
    "attempts = r.attempts - 1, next_attempt_at = " QUEUE_NOW
    " FROM unnest($1::bigint[], $2::text[]) AS k (id, site) WHERE r.recipient_id = k.id"};
#define HELD_RECIPIENTS                                                                    \
  " FROM unnest($1::bigint[], $2::bigint[]) AS k (id, epoch) WHERE r.recipient_id = k.id " \
  "AND r.lease_epoch = k.epoch AND r.leased AND r.worker = $3 RETURNING r.recipient_id"
constexpr Statement kRenewRecipients{"queue_recipient.renew",
                                     "UPDATE queue_recipient r SET next_attempt_at = " QUEUE_NOW
                                     " + $4::bigint" HELD_RECIPIENTS};
constexpr Statement kNoteDataSent{"queue_recipient.note_data_sent",
                                  "UPDATE queue_recipient r SET data_sent = true" HELD_RECIPIENTS};

constexpr Statement kLoadMessages{
    "queue_message.load", "SELECT m.account_id, m.blob_id, m.created_at, m.expires_at - " QUEUE_NOW
                          " / 1000, m.size, m.content, m.utf8_header, m.envelope, m.signatures "
                          "FROM unnest($1::bigint[], $2::bigint[]) AS k (account_id, blob_id) "
                          "JOIN queue_message m USING (account_id, blob_id)"};

constexpr Statement kLoadSignatures{
    "queue_message.load_signatures",
    "SELECT signatures FROM queue_message WHERE account_id = $1 AND blob_id = $2"};

template <typename Row>
ClaimedRecipient RecipientOf(const Row& row) {
  ClaimedRecipient recipient;
  recipient.message = {AccountId(row[1].template as<uint64_t>()),
                       BlobId(row[2].template as<int64_t>())};
  v1::LeasedRecipient& lease = recipient.lease;
  lease.set_recipient_id(row[0].template as<uint64_t>());
  lease.set_message_id(ToQueueId(recipient.message));
  lease.set_forward_path(row[4].c_str());
  lease.set_reverse_path(row[5].c_str());
  lease.set_original_recipient(row[6].c_str());
  lease.set_notify(row[7].template as<uint32_t>());
  lease.set_attempts(row[8].template as<uint32_t>());
  lease.set_lease_epoch(row[9].template as<uint64_t>());
  recipient.priority = row[10].template as<int32_t>();
  recipient.bounce = row[11].template as<bool>();
  return recipient;
}

// Urgent ones first, then those that came first; recipients of a message together.
void Arrange(std::vector<ClaimedRecipient>& recipients) {
  std::map<BlobKey, uint64_t> first;
  for (const ClaimedRecipient& recipient : recipients) {
    const uint64_t id = recipient.lease.recipient_id();
    const auto [it, added] = first.try_emplace(recipient.message, id);
    it->second = std::min(it->second, id);
  }
  std::sort(recipients.begin(), recipients.end(),
            [&first](const ClaimedRecipient& a, const ClaimedRecipient& b) {
              const auto rank = [&first](const ClaimedRecipient& r) {
                return std::make_tuple(-r.priority, first[r.message], r.message,
                                       r.lease.recipient_id());
              };
              return rank(a) < rank(b);
            });
}

using BySite = std::map<std::string, std::vector<ClaimedRecipient>>;
using Scans = std::vector<ScanFloors::Scan>;

pqxx::binarystring FloorsOf(const Scans& scans) {
  BinaryArray floors(Type::kInt8);
  for (const ScanFloors::Scan& scan : scans) {
    for (const int64_t from : scan.from) {
      floors.AddInt8(from);
    }
  }
  return floors.Finish();
}

// `scans` are of the sites.
BySite TakeRecipients(Transaction& transaction, absl::Span<const std::string> sites,
                      absl::Span<const SlotWanted> wanted, const Scans& scans,
                      const ClaimContext& context) {
  BinaryArray names(Type::kText), most(Type::kInt4), workers(Type::kBytea);
  for (size_t i = 0; i < sites.size(); ++i) {
    names.AddOctets(sites[i]);
    most.AddInt4(static_cast<int32_t>(wanted[i].recipients));
    workers.AddOctets(wanted[i].worker);
  }
  BySite taken;
  std::map<std::string, std::vector<ScanFloors::Found>> found;
  int64_t now = 0;
  for (const auto& row :
       transaction.Exec(kTakeRecipients, names.Finish(), most.Finish(), workers.Finish(),
                        FloorsOf(scans), context.lease_milliseconds, kMostCarried)) {
    const std::string site = row[3].c_str();
    taken[site].push_back(RecipientOf(row));
    found[site].push_back({taken[site].back().priority, row[12].as<int64_t>()});
    now = row[13].as<int64_t>();
  }
  for (size_t i = 0; i < sites.size(); ++i) {
    if (const auto it = found.find(sites[i]); it != found.end()) {
      Arrange(taken[sites[i]]);
      const bool spent = it->second.size() < wanted[i].recipients;
      context.floors.Learn(sites[i], scans[i], it->second, spent, now);
    }
  }
  return taken;
}

// Of the sites, those in `spent` rest, unless someone enqueues for them.
void MarkSites(Transaction& transaction, absl::Span<const std::string> sites, const Scans& scans,
               absl::Span<const std::string> spent, int64_t recent_milliseconds,
               const ClaimContext& context) {
  BinaryArray all(Type::kText), idle(Type::kText), resting(Type::kText), whole(Type::kInt4);
  for (size_t i = 0; i < sites.size(); ++i) {
    all.AddOctets(sites[i]);
    whole.AddInt4(scans[i].whole ? 1 : 0);
  }
  if (!spent.empty()) {
    for (const std::string& site : spent) {
      idle.AddOctets(site);
    }
    for (const auto& row : transaction.Exec(kHoldSites, idle.Finish())) {
      resting.AddOctets(row[0].c_str());
    }
  }
  transaction.Post(kMarkSites, all.Finish(), resting.Finish(), whole.Finish(), FloorsOf(scans),
                   recent_milliseconds, context.lease_milliseconds);
}

std::vector<std::string> FindSites(Transaction& transaction, size_t n) {
  std::vector<std::string> sites;
  for (const auto& row : transaction.Exec(kFindSites, static_cast<int32_t>(n))) {
    sites.emplace_back(row[0].c_str());
  }
  return sites;
}

// By site; those whose window is full are left out.
std::map<std::string, v1::Slot> TakeSlots(Transaction& transaction,
                                          absl::Span<const std::string> sites,
                                          absl::Span<const SlotWanted> wanted,
                                          int64_t lease_milliseconds) {
  BinaryArray names(Type::kText), workers(Type::kBytea);
  for (size_t i = 0; i < sites.size(); ++i) {
    names.AddOctets(sites[i]);
    workers.AddOctets(wanted[i].worker);
  }
  std::map<std::string, v1::Slot> slots;
  for (const auto& row :
       transaction.Exec(kTakeSlots, names.Finish(), workers.Finish(), lease_milliseconds)) {
    v1::Slot& slot = slots[row[0].c_str()];
    slot.set_site(row[0].c_str());
    slot.set_number(row[1].as<uint32_t>());
    slot.set_epoch(row[2].as<uint64_t>());
    slot.set_lease_milliseconds(lease_milliseconds);
  }
  return slots;
}

struct LeaseArrays {
  BinaryArray id{Type::kInt8}, epoch{Type::kInt8};
  explicit LeaseArrays(absl::Span<const v1::Lease> leases) {
    for (const v1::Lease& lease : leases) {
      id.AddInt8(static_cast<int64_t>(lease.recipient_id()));
      epoch.AddInt8(static_cast<int64_t>(lease.lease_epoch()));
    }
  }
};

}  // namespace

ClaimOutcome ClaimSlots(Transaction& transaction, absl::Span<const SlotWanted> wanted,
                        const ClaimContext& context) {
  ClaimOutcome outcome;
  const std::vector<std::string> found = FindSites(transaction, wanted.size());
  if (found.empty()) {
    return outcome;
  }
  std::map<std::string, v1::Slot> slots =
      TakeSlots(transaction, found, wanted, context.lease_milliseconds);
  std::vector<std::string> sites;
  std::vector<SlotWanted> takers;
  std::vector<size_t> indexes;  // of takers in `wanted`
  for (size_t i = 0; i < found.size(); ++i) {
    if (slots.contains(found[i])) {
      sites.push_back(found[i]);
      takers.push_back(wanted[i]);
      indexes.push_back(i);
    }
  }
  if (sites.empty()) {
    return outcome;
  }
  Scans scans;
  for (const std::string& site : sites) {
    scans.push_back(context.floors.Begin(site));
  }
  BySite taken = TakeRecipients(transaction, sites, takers, scans, context);
  std::vector<std::string> spent;
  for (size_t i = 0; i < sites.size(); ++i) {
    std::vector<ClaimedRecipient>& recipients = taken[sites[i]];
    if (recipients.size() < std::min(takers[i].recipients, kFew)) {
      spent.push_back(sites[i]);
    }
    if (recipients.empty()) {
      FreeSlot(transaction, takers[i].worker, slots[sites[i]]);
      outcome.again = true;
    } else {
      outcome.slots.push_back(
          {slots[sites[i]], indexes[i], takers[i].worker, std::move(recipients)});
    }
  }
  MarkSites(transaction, sites, scans, spent, 0, context);
  return outcome;
}

std::vector<ClaimedRecipient> ClaimMore(Transaction& transaction, const std::string& site,
                                        const SlotWanted& wanted, const ClaimContext& context) {
  const Scans scans{context.floors.Begin(site)};
  return std::move(TakeRecipients(transaction, {&site, 1}, {&wanted, 1}, scans, context)[site]);
}

std::vector<ClaimedRecipient> ClaimLocal(Transaction& transaction, const SlotWanted& wanted,
                                         const ClaimContext& context) {
  const std::string site = kLocalSite;
  const Scans scans{context.floors.Begin(site)};
  BySite taken = TakeRecipients(transaction, {&site, 1}, {&wanted, 1}, scans, context);
  const bool spent = taken[site].size() < wanted.recipients;
  MarkSites(transaction, {&site, 1}, scans, {&site, spent ? size_t{1} : 0}, kTurnMilliseconds,
            context);
  return std::move(taken[site]);
}

void MoveRecipients(Transaction& transaction, absl::Span<const MovedRecipient> moved) {
  BinaryArray ids(Type::kInt8), sites(Type::kText);
  for (const MovedRecipient& recipient : moved) {
    ids.AddInt8(static_cast<int64_t>(recipient.recipient_id));
    sites.AddOctets(recipient.site);
  }
  transaction.Post(kMove, ids.Finish(), sites.Finish());
}

std::vector<uint64_t> RenewRecipients(Transaction& transaction, const std::string& worker,
                                      absl::Span<const v1::Lease> leases,
                                      int64_t lease_milliseconds) {
  LeaseArrays arrays(leases);
  std::vector<uint64_t> held;
  for (const auto& row :
       transaction.Exec(kRenewRecipients, arrays.id.Finish(), arrays.epoch.Finish(), Octets(worker),
                        lease_milliseconds)) {
    held.push_back(row[0].as<uint64_t>());
  }
  return held;
}

bool RenewSlot(Transaction& transaction, const std::string& worker, const v1::Slot& slot,
               int64_t lease_milliseconds) {
  return transaction
             .Exec(kRenewSlot, slot.site(), static_cast<int32_t>(slot.number()),
                   static_cast<int64_t>(slot.epoch()), Octets(worker), lease_milliseconds)
             .size() == 1;
}

void FreeSlot(Transaction& transaction, const std::string& worker, const v1::Slot& slot) {
  BinaryArray site(Type::kText), number(Type::kInt4), epoch(Type::kInt8);
  site.AddOctets(slot.site());
  number.AddInt4(static_cast<int32_t>(slot.number()));
  epoch.AddInt8(static_cast<int64_t>(slot.epoch()));
  transaction.Post(kFreeSlots, site.Finish(), number.Finish(), epoch.Finish(), Octets(worker));
}

size_t NoteDataSent(Transaction& transaction, const std::string& worker,
                    absl::Span<const v1::Lease> leases) {
  LeaseArrays arrays(leases);
  return static_cast<size_t>(
      transaction.Exec(kNoteDataSent, arrays.id.Finish(), arrays.epoch.Finish(), Octets(worker))
          .affected_rows());
}

std::vector<v1::QueuedMessage> LoadQueuedMessages(Transaction& transaction,
                                                  absl::Span<const BlobKey> keys) {
  BinaryArray account(Type::kInt8), blob(Type::kInt8);
  for (const BlobKey& key : keys) {
    account.AddInt8(static_cast<int64_t>(key.account.value()));
    blob.AddInt8(key.blob.value());
  }
  std::vector<v1::QueuedMessage> messages;
  for (const auto& row : transaction.Exec(kLoadMessages, account.Finish(), blob.Finish())) {
    v1::QueuedMessage& message = messages.emplace_back();
    message.set_message_id(
        ToQueueId({AccountId(row[0].as<uint64_t>()), BlobId(row[1].as<int64_t>())}));
    message.set_created_at_unix_seconds(row[2].as<int64_t>());
    message.set_expires_in_seconds(row[3].as<int64_t>());
    message.set_size(row[4].as<uint64_t>());
    message.set_content(static_cast<v1::BodyKind>(row[5].as<int>()));
    message.set_utf8_header(row[6].as<bool>());
    const pqxx::binarystring envelope(row[7]);
    message.mutable_envelope()->ParseFromArray(envelope.data(), static_cast<int>(envelope.size()));
    message.set_octets(pqxx::binarystring(row[8]).str());
  }
  return messages;
}

absl::StatusOr<std::optional<std::string>> LoadSignatures(Connection& connection, BlobKey key) {
  const pqxx::result rows =
      connection.Exec(kLoadSignatures, static_cast<int64_t>(key.account.value()), key.blob.value());
  return rows.empty() ? std::nullopt : std::optional(pqxx::binarystring(rows[0][0]).str());
}

}  // namespace posthorn::store
