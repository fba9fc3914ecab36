#include "mailstore/outbound/settle_rows.h"

#include <algorithm>
#include <set>

#include "mailstore/db/binary_array.h"
#include "mailstore/outbound/clean_text.h"
#include "mailstore/outbound/queue_id.h"
#include "mailstore/outbound/queue_sql.h"
#include "mailstore/outbound/queued_message_rows.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

constexpr size_t kMostText = 1'000;

constexpr Statement kLock{
    "queue_recipient.lock_attempted",
    "SELECT r.recipient_id, r.account_id, r.blob_id, r.attempts, r.notify, r.delay_told, r.site, "
    "r.forward_path, r.original_recipient, m.created_at, m.expires_at, " QUEUE_NOW
    " / 1000, m.message_id_field, m.envelope "
    "FROM unnest($1::bigint[], $2::bigint[]) AS k (id, epoch) "
    "JOIN queue_recipient r ON r.recipient_id = k.id AND r.lease_epoch = k.epoch "
    "JOIN queue_message m ON m.account_id = r.account_id AND m.blob_id = r.blob_id "
    "WHERE r.leased AND r.worker = $3 ORDER BY r.recipient_id FOR UPDATE OF r"};

constexpr Statement kRemove{"queue_recipient.remove",
                            "DELETE FROM queue_recipient WHERE recipient_id = ANY ($1::bigint[])"};
constexpr Statement kPostpone{
    "queue_recipient.postpone",
    "UPDATE queue_recipient r SET leased = false, data_sent = false, worker = NULL, "
    "next_attempt_at = CASE WHEN r.held THEN " QUEUE_NEVER " ELSE " QUEUE_NOW
    " + k.wait END, attempts = r.attempts - k.uncounted, delay_told = k.told <> 0, "
    "status_code = CASE WHEN k.uncounted = 1 THEN r.status_code ELSE k.code END, "
    "diagnostic = CASE WHEN k.uncounted = 1 THEN r.diagnostic ELSE k.text END "
    "FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::int[], $5::text[], $6::text[]) "
    "AS k (id, wait, uncounted, told, code, text) WHERE r.recipient_id = k.id"};
constexpr Statement kLog{
    "delivery_log.write",
    "INSERT INTO delivery_log (logged_at, message_id, recipient_id, attempts, event, reverse_path, "
    "forward_path, status_code, diagnostic, remote_mta, remote_address, tls, message_id_field) "
    "SELECT " QUEUE_NOW
    ", k.* FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::text[], "
    "$7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]) k"};

// Whether there is anything to tell is found out before: while PostgreSQL keeps old versions, each
// one more makes the row slower to find. A good connection to a site that has its window is no
// news.
#define LOOK_AT_SITE                                                               \
  "SELECT NOT suspended AND dead_until <= " QUEUE_NOW                              \
  ", floor(window_size)::int, ($5::bigint >= 0 AND next_due > " QUEUE_NOW          \
  " + $5::bigint) OR CASE $2::int WHEN 0 THEN false WHEN 1 THEN failures > 0 "     \
  "OR dead_until > 0 OR window_size < $3::real OR diagnostic <> $4 ELSE true END " \
  "FROM queue_site WHERE site = $1"
// Without recipients that were given back nobody must be kept from putting the site to rest: all
// connections share its row, and wait for each other if they lock it.
constexpr Statement kLookAtSite{"queue_site.look", LOOK_AT_SITE};
constexpr Statement kHoldSite{"queue_site.hold_to_tell", LOOK_AT_SITE " FOR NO KEY UPDATE"};

// The window grows by one with each window full of good connections, and halves with each bad one.
// A site is left alone for half a minute at first, then for 1 to 30 minutes.
constexpr Statement kTellSite{
    "queue_site.tell",
    "UPDATE queue_site SET "
    "window_size = CASE $2::int WHEN 1 THEN least(window_size + 1 / greatest(window_size, 1), "
    "$3::real) WHEN 0 THEN window_size ELSE greatest(window_size / 2, 1) END, "
    "failures = CASE $2::int WHEN 1 THEN 0 WHEN 2 THEN least(failures + 1, 1000) ELSE failures "
    "END, "
    "dead_until = CASE $2::int WHEN 1 THEN 0 WHEN 2 THEN " QUEUE_NOW
    " + ($6::float8 * CASE failures WHEN 0 THEN 30000 "
    "ELSE least(60000 * 2 ^ least(failures - 1, 10), 1800000) END)::bigint ELSE dead_until END, "
    "diagnostic = CASE WHEN $2::int = 0 THEN diagnostic ELSE $4 END, "
    "next_due = least(next_due, CASE WHEN $5::bigint < 0 THEN next_due ELSE " QUEUE_NOW
    " + $5::bigint END) WHERE site = $1 "
    "RETURNING NOT suspended AND dead_until <= " QUEUE_NOW ", floor(window_size)::int"};

struct LogArrays {
  BinaryArray message{Type::kInt8}, recipient{Type::kInt8}, attempts{Type::kInt4},
      event{Type::kText}, sender{Type::kText}, forward_path{Type::kText}, code{Type::kText},
      text{Type::kText}, mta{Type::kText}, address{Type::kText}, tls{Type::kText},
      field{Type::kText};

  void Add(const SettledRecipient& settled) {
    const Attempted& attempted = *settled.attempted;
    message.AddInt8(static_cast<int64_t>(ToQueueId(attempted.message)));
    recipient.AddInt8(static_cast<int64_t>(attempted.recipient_id));
    attempts.AddInt4(attempted.attempts);
    event.AddOctets(settled.verdict.event);
    sender.AddOctets(attempted.envelope.reverse_path());
    forward_path.AddOctets(attempted.forward_path);
    code.AddOctets(settled.verdict.status_code);
    text.AddOctets(settled.verdict.diagnostic);
    mta.AddOctets(CleanText(settled.result->remote_mta(), kMostText));
    address.AddOctets(CleanText(settled.result->remote_address(), kMostText));
    tls.AddOctets(CleanText(settled.result->tls(), kMostText));
    field.AddOctets(attempted.message_id_field);
  }
  void Add(const NotifiedSender& notified) {
    message.AddInt8(static_cast<int64_t>(ToQueueId(notified.about)));
    recipient.AddInt8(0);
    attempts.AddInt4(0);
    event.AddOctets("notified");
    forward_path.AddOctets(notified.reverse_path);
    text.AddOctets(notified.diagnostic);
    for (BinaryArray* empty : {&sender, &code, &mta, &address, &tls, &field}) {
      empty->AddOctets("");
    }
  }
  void Write(Transaction& transaction) {
    if (message.size() > 0) {
      transaction.Post(kLog, message.Finish(), recipient.Finish(), attempts.Finish(),
                       event.Finish(), sender.Finish(), forward_path.Finish(), code.Finish(),
                       text.Finish(), mta.Finish(), address.Finish(), tls.Finish(), field.Finish());
    }
  }
};

struct PostponedArrays {
  BinaryArray id{Type::kInt8}, wait{Type::kInt8}, uncounted{Type::kInt4}, told{Type::kInt4},
      code{Type::kText}, text{Type::kText};

  void Add(const SettledRecipient& settled) {
    const Verdict& verdict = settled.verdict;
    id.AddInt8(static_cast<int64_t>(settled.attempted->recipient_id));
    wait.AddInt8(verdict.next_in_milliseconds);
    uncounted.AddInt4(verdict.attempt_counts ? 0 : 1);
    told.AddInt4(verdict.delay_told ? 1 : 0);
    code.AddOctets(verdict.status_code);
    text.AddOctets(verdict.diagnostic);
  }
  void Write(Transaction& transaction) {
    if (id.size() > 0) {
      transaction.Post(kPostpone, id.Finish(), wait.Finish(), uncounted.Finish(), told.Finish(),
                       code.Finish(), text.Finish());
    }
  }
};

void Remove(Transaction& transaction, const std::vector<const Attempted*>& gone) {
  std::set<BlobKey> keys;
  BinaryArray ids(Type::kInt8);
  for (const Attempted* attempted : gone) {
    ids.AddInt8(static_cast<int64_t>(attempted->recipient_id));
    keys.insert(attempted->message);
  }
  const std::vector<BlobKey> messages(keys.begin(), keys.end());
  LockQueuedMessages(transaction, messages);
  transaction.Post(kRemove, ids.Finish());
  RemoveEmptyMessages(transaction, messages);
}

}  // namespace

std::vector<Attempted> LockAttempted(Transaction& transaction, const std::string& worker,
                                     absl::Span<const v1::Lease> leases) {
  BinaryArray id(Type::kInt8), epoch(Type::kInt8);
  for (const v1::Lease& lease : leases) {
    id.AddInt8(static_cast<int64_t>(lease.recipient_id()));
    epoch.AddInt8(static_cast<int64_t>(lease.lease_epoch()));
  }
  std::vector<Attempted> attempted;
  for (const auto& row : transaction.Exec(kLock, id.Finish(), epoch.Finish(), Octets(worker))) {
    Attempted& one = attempted.emplace_back();
    one.recipient_id = row[0].as<uint64_t>();
    one.message = {AccountId(row[1].as<uint64_t>()), BlobId(row[2].as<int64_t>())};
    one.attempts = row[3].as<int32_t>();
    one.notify = row[4].as<uint32_t>();
    one.delay_told = row[5].as<bool>();
    one.site = row[6].c_str();
    one.forward_path = row[7].c_str();
    one.original_recipient = row[8].c_str();
    one.created_at = row[9].as<int64_t>();
    one.expires_at = row[10].as<int64_t>();
    one.now = row[11].as<int64_t>();
    one.message_id_field = row[12].c_str();
    const pqxx::binarystring envelope(row[13]);
    one.envelope.ParseFromArray(envelope.data(), static_cast<int>(envelope.size()));
  }
  return attempted;
}

bool LockAttempts(Transaction& transaction, const std::string& worker, const v1::Lease& lease) {
  const std::vector<Attempted> attempted = LockAttempted(transaction, worker, {&lease, 1});
  if (attempted.empty()) {
    return false;
  }
  LockQueuedMessages(transaction, {&attempted.front().message, 1});
  return true;
}

void WriteSettled(Transaction& transaction, absl::Span<const SettledRecipient> settled) {
  LogArrays log;
  PostponedArrays postponed;
  std::vector<const Attempted*> gone;
  for (const SettledRecipient& one : settled) {
    if (one.verdict.gone) {
      gone.push_back(one.attempted);
    } else {
      postponed.Add(one);
    }
    if (!one.verdict.event.empty()) {
      log.Add(one);
    }
  }
  if (!gone.empty()) {
    Remove(transaction, gone);
  }
  postponed.Write(transaction);
  log.Write(transaction);
}

void LogNotified(Transaction& transaction, absl::Span<const NotifiedSender> notified) {
  LogArrays log;
  for (const NotifiedSender& one : notified) {
    log.Add(one);
  }
  log.Write(transaction);
}

bool TellSite(Transaction& transaction, const SiteNews& news, uint32_t slot_number,
              const QueueOptions& options) {
  const auto first = std::min_element(news.dues.begin(), news.dues.end());
  const int64_t due = first == news.dues.end() ? -1 : *first;
  const auto state = static_cast<int32_t>(news.state);
  const std::string diagnostic = CleanText(news.diagnostic, kMostText);
  pqxx::result rows = transaction.Exec(due < 0 ? kLookAtSite : kHoldSite, news.site, state,
                                       options.site_connections, diagnostic, due);
  if (!rows.empty() && rows[0][2].as<bool>()) {
    rows = transaction.Exec(kTellSite, news.site, state, options.site_connections, diagnostic, due,
                            options.retry_scale);
  }
  return !rows.empty() && rows[0][0].as<bool>() && slot_number < rows[0][1].as<uint32_t>();
}

}  // namespace posthorn::store
