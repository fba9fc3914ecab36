#include "mailstore/outbound/enqueue_rows.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "mailstore/db/binary_array.h"
#include "mailstore/outbound/queue_id.h"
#include "mailstore/outbound/queue_sql.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

constexpr Statement kTakeIds{
    "queue.take_ids", "SELECT nextval('queue_recipient_id_seq') FROM generate_series(1, $1::int)"};

constexpr Statement kInsertMessages{
    "queue.insert_messages",
    "INSERT INTO queue_message (account_id, blob_id, created_at, expires_at, submitter, size, "
    "priority, content, utf8_header, reverse_path, message_id_field, envelope, signatures) "
    "SELECT account_id, blob_id, " QUEUE_NOW " / 1000, " QUEUE_NOW
    " / 1000 + lifetime, submitter, size, priority, content, utf8 <> 0, reverse_path, field, "
    "envelope, signatures FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], "
    "$5::int[], $6::int[], $7::int[], $8::int[], $9::text[], $10::text[], $11::bytea[], "
    "$12::bytea[]) AS k (account_id, blob_id, lifetime, submitter, size, priority, content, utf8, "
    "reverse_path, field, envelope, signatures)"};

constexpr Statement kInsertRecipients{
    "queue.insert_recipients",
    "WITH k AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], "
    "$4::bigint[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[], "
    "$11::bigint[], $12::text[], $13::text[]) AS k (id, account_id, blob_id, hold, priority, "
    "notify, site, forward_path, reverse_path, original, message_id, sender, field)), "
    "r AS (INSERT INTO queue_recipient (recipient_id, account_id, blob_id, next_attempt_at, "
    "priority, notify, site, forward_path, reverse_path, original_recipient) "
    "SELECT id, account_id, blob_id, " QUEUE_NOW
    " + hold, priority, notify, site, forward_path, reverse_path, original FROM k) "
    "INSERT INTO delivery_log (logged_at, message_id, recipient_id, attempts, event, reverse_path, "
    "forward_path, status_code, diagnostic, remote_mta, remote_address, tls, message_id_field) "
    "SELECT " QUEUE_NOW
    ", message_id, id, 0, 'queued', sender, forward_path, '', '', '', '', '', field FROM k"};

constexpr Statement kAddSites{
    "queue_site.add", "INSERT INTO queue_site (site, next_due) SELECT site, " QUEUE_NOW
                      " + due FROM unnest($1::text[], $2::bigint[]) AS k (site, due) ORDER BY site "
                      "ON CONFLICT DO NOTHING"};
// Whether it must be lowered is seen under the lock, in the row's latest version.
constexpr Statement kHoldSites{
    "queue_site.hold",
    "SELECT site, next_due > greatest(" QUEUE_NOW
    " + (SELECT due FROM unnest($1::text[], $2::bigint[]) AS k (name, due) WHERE name = site), "
    "dead_until) FROM queue_site WHERE site = ANY ($1::text[]) ORDER BY site FOR KEY SHARE"};
constexpr Statement kLowerSites{
    "queue_site.lower",
    "WITH l AS MATERIALIZED (SELECT site AS name FROM queue_site WHERE site = ANY ($1::text[]) "
    "ORDER BY site FOR NO KEY UPDATE) "
    "UPDATE queue_site s SET next_due = least(s.next_due, greatest(" QUEUE_NOW
    " + k.due, s.dead_until)) FROM l JOIN unnest($1::text[], $2::bigint[]) AS k (site, due) "
    "ON k.site = l.name WHERE s.site = l.name"};

struct MessageArrays {
  BinaryArray account{Type::kInt8}, blob{Type::kInt8}, lifetime{Type::kInt8},
      submitter{Type::kInt8}, size{Type::kInt4}, priority{Type::kInt4}, content{Type::kInt4},
      utf8{Type::kInt4}, reverse_path{Type::kText}, field{Type::kText}, envelope{Type::kBytea},
      signatures{Type::kBytea};

  void Add(const NewQueued& message) {
    const QueuedMail& mail = *message.mail;
    account.AddInt8(static_cast<int64_t>(message.key.account.value()));
    blob.AddInt8(message.key.blob.value());
    lifetime.AddInt8(mail.lifetime_seconds);
    submitter.AddInt8(static_cast<int64_t>(mail.envelope.submitter_account_id()));
    size.AddInt4(static_cast<int32_t>(message.size));
    priority.AddInt4(mail.envelope.priority());
    content.AddInt4(mail.content);
    utf8.AddInt4(mail.utf8_header ? 1 : 0);
    reverse_path.AddOctets(mail.envelope.reverse_path());
    field.AddOctets(mail.message_id_field);
    envelope.AddOctets(mail.envelope.SerializeAsString());
    signatures.AddOctets(mail.signatures);
  }
  void Insert(Transaction& transaction) {
    transaction.Post(kInsertMessages, account.Finish(), blob.Finish(), lifetime.Finish(),
                     submitter.Finish(), size.Finish(), priority.Finish(), content.Finish(),
                     utf8.Finish(), reverse_path.Finish(), field.Finish(), envelope.Finish(),
                     signatures.Finish());
  }
};

struct RecipientArrays {
  BinaryArray id{Type::kInt8}, account{Type::kInt8}, blob{Type::kInt8}, hold{Type::kInt8},
      priority{Type::kInt4}, notify{Type::kInt4}, site{Type::kText}, forward_path{Type::kText},
      reverse_path{Type::kText}, original{Type::kText}, message_ids{Type::kInt8},
      sender{Type::kText}, field{Type::kText};

  void Add(const NewQueued& message, size_t i) {
    const QueuedMail& mail = *message.mail;
    const QueuedMail::Recipient& recipient = mail.recipients[i];
    id.AddInt8(message.recipient_ids[i]);
    account.AddInt8(static_cast<int64_t>(message.key.account.value()));
    blob.AddInt8(message.key.blob.value());
    hold.AddInt8(int64_t{mail.envelope.hold_seconds()} * 1'000);
    priority.AddInt4(mail.envelope.priority());
    notify.AddInt4(static_cast<int32_t>(recipient.notify));
    site.AddOctets(recipient.site);
    forward_path.AddOctets(recipient.forward_path);
    if (recipient.reverse_path.has_value()) {
      reverse_path.AddOctets(*recipient.reverse_path);
    } else {
      reverse_path.AddNull();
    }
    original.AddOctets(recipient.original_recipient);
    message_ids.AddInt8(static_cast<int64_t>(ToQueueId(message.key)));
    sender.AddOctets(mail.envelope.reverse_path());
    field.AddOctets(mail.message_id_field);
  }
  void Insert(Transaction& transaction) {
    transaction.Post(kInsertRecipients, id.Finish(), account.Finish(), blob.Finish(), hold.Finish(),
                     priority.Finish(), notify.Finish(), site.Finish(), forward_path.Finish(),
                     reverse_path.Finish(), original.Finish(), message_ids.Finish(),
                     sender.Finish(), field.Finish());
  }
};

}  // namespace

std::vector<int64_t> TakeQueueIds(Transaction& transaction, size_t n) {
  std::vector<int64_t> ids;
  ids.reserve(n);
  for (const auto& row : transaction.Exec(kTakeIds, static_cast<int32_t>(n))) {
    ids.push_back(row[0].as<int64_t>());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

void InsertQueued(Transaction& transaction, absl::Span<const NewQueued> messages) {
  MessageArrays rows;
  RecipientArrays recipients;
  std::vector<SiteDue> sites;
  for (const NewQueued& message : messages) {
    rows.Add(message);
    for (size_t i = 0; i < message.mail->recipients.size(); ++i) {
      recipients.Add(message, i);
      sites.push_back({message.mail->recipients[i].site,
                       int64_t{message.mail->envelope.hold_seconds()} * 1'000});
    }
  }
  rows.Insert(transaction);
  recipients.Insert(transaction);
  LowerSites(transaction, std::move(sites));
}

void LowerSites(Transaction& transaction, std::vector<SiteDue> sites) {
  std::map<std::string, int64_t> first;
  for (SiteDue& site : sites) {
    const auto [it, added] = first.try_emplace(std::move(site.site), site.in_milliseconds);
    it->second = std::min(it->second, site.in_milliseconds);
  }
  BinaryArray names(Type::kText), due(Type::kInt8);
  for (const auto& [site, milliseconds] : first) {
    names.AddOctets(site);
    due.AddInt8(milliseconds);
  }
  const pqxx::binarystring all = names.Finish();
  const pqxx::binarystring dues = due.Finish();
  pqxx::result held = transaction.Exec(kHoldSites, all, dues);
  // Only those that are not known are added: an insertion waits for whoever changes its row, also
  // where it does nothing. Again if one was deleted in between for having been idle.
  while (static_cast<size_t>(held.size()) < first.size()) {
    transaction.Post(kAddSites, all, dues);
    held = transaction.Exec(kHoldSites, all, dues);
  }
  BinaryArray late(Type::kText), late_due(Type::kInt8);
  for (const auto& row : held) {
    if (row[1].as<bool>()) {
      late.AddOctets(row[0].c_str());
      late_due.AddInt8(first.at(row[0].c_str()));
    }
  }
  if (late.size() > 0) {
    transaction.Post(kLowerSites, late.Finish(), late_due.Finish());
  }
}

}  // namespace posthorn::store
