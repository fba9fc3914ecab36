#include "mailstore/metadata/annotation_rows.h"

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

// $1, $2: mailboxes; $3, $4: whose entries, and which; $5: those below them too.
#define POSTHORN_ANNOTATIONS_NAMED                                       \
  "FROM unnest($1::bigint[], $2::int[]) AS k (account_id, mailbox_id) "  \
  "JOIN annotation a USING (account_id, mailbox_id) "                    \
  "WHERE a.account_id = ANY ($1::bigint[]) AND EXISTS "                  \
  "(SELECT FROM unnest($3::bigint[], $4::text[]) AS w (user_id, entry) " \
  "WHERE w.user_id = a.user_id AND (w.entry = a.entry OR "               \
  "($5::bool AND starts_with(a.entry, w.entry || '/')))) "
constexpr Statement kLoad{"annotation.load",
                          "SELECT a.account_id, a.mailbox_id, a.user_id, a.entry, "
                          "a.value " POSTHORN_ANNOTATIONS_NAMED "ORDER BY 1, 2, 3, 4"};
constexpr Statement kOctets{
    "annotation.octets",
    "SELECT coalesce(sum(octet_length(a.value)), 0) " POSTHORN_ANNOTATIONS_NAMED};
constexpr Statement kEntries{
    "annotation.entries",
    "SELECT user_id, entry FROM annotation "
    "WHERE account_id = $1 AND mailbox_id = $2 AND user_id IN ($3, 0) ORDER BY 1, 2"};
constexpr Statement kTotals{"annotation.totals",
                            "SELECT count(*), coalesce(sum(octet_length(value)), 0) "
                            "FROM annotation WHERE account_id = $1 AND user_id = $2"};
constexpr Statement kWrite{
    "annotation.write",
    "INSERT INTO annotation (account_id, user_id, mailbox_id, entry, value) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, mailbox_id, user_id, entry) "
    "DO UPDATE SET value = excluded.value"};
constexpr Statement kRemove{
    "annotation.remove",
    "DELETE FROM annotation WHERE account_id = $1 AND user_id = $2 AND mailbox_id = $3 "
    "AND entry = $4"};
// $4, $5: how many entries and octets a user may have.
constexpr Statement kCopy{
    "annotation.copy",
    "INSERT INTO annotation (account_id, user_id, mailbox_id, entry, value) "
    "SELECT account_id, user_id, $3::int, entry, value FROM annotation "
    "WHERE account_id = $1 AND mailbox_id = $2 AND (user_id IN (0, $1) OR user_id IN "
    "(SELECT user_id FROM annotation WHERE account_id = $1 GROUP BY user_id HAVING "
    "count(*) + count(*) FILTER (WHERE mailbox_id = $2) <= $4 AND sum(octet_length(value)) + "
    "coalesce(sum(octet_length(value)) FILTER (WHERE mailbox_id = $2), 0) <= $5))"};
constexpr Statement kDelete{"annotation.delete",
                            "DELETE FROM annotation WHERE account_id = $1 AND mailbox_id = $2"};

// A query's statement with its parameters.
pqxx::result Exec(Connection& connection, const Statement& statement,
                  const AnnotationQuery& query) {
  BinaryArray accounts(BinaryArray::Type::kInt8);
  BinaryArray ids(BinaryArray::Type::kInt4);
  for (const MailboxKey& key : query.mailboxes) {
    accounts.AddInt8(static_cast<int64_t>(key.account.value()));
    ids.AddInt4(key.mailbox.value());
  }
  BinaryArray users(BinaryArray::Type::kInt8);
  BinaryArray entries(BinaryArray::Type::kText);
  for (const EntryName& entry : query.entries) {
    users.AddInt8(static_cast<int64_t>(UserOf(entry.shared, query.user).value()));
    entries.AddOctets(entry.path);
  }
  return connection.Exec(statement, accounts.Finish(), ids.Finish(), users.Finish(),
                         entries.Finish(), query.below);
}

}  // namespace

int64_t AnnotationOctets(Connection& connection, const AnnotationQuery& query) {
  return Exec(connection, kOctets, query)[0][0].as<int64_t>();
}

std::vector<AnnotationRow> LoadAnnotations(Connection& connection, const AnnotationQuery& query) {
  std::vector<AnnotationRow> rows;
  for (const auto& row : Exec(connection, kLoad, query)) {
    rows.push_back({.mailbox = {AccountId(row[0].as<uint64_t>()), MailboxId(row[1].as<int32_t>())},
                    .shared = row[2].as<uint64_t>() == kNobody.value(),
                    .path = row[3].as<std::string>(),
                    .value = pqxx::binarystring(row[4]).str()});
  }
  return rows;
}

std::vector<AnnotationRow> LoadEntries(Transaction& transaction, MailboxKey mailbox,
                                       AccountId user) {
  std::vector<AnnotationRow> rows;
  for (const auto& row :
       transaction.Exec(kEntries, mailbox.account.value(), mailbox.mailbox.value(), user.value())) {
    rows.push_back({.mailbox = mailbox,
                    .shared = row[0].as<uint64_t>() == kNobody.value(),
                    .path = row[1].as<std::string>()});
  }
  return rows;
}

AnnotationTotals CountAnnotations(Transaction& transaction, AccountId account, bool shared,
                                  AccountId user) {
  const auto rows = transaction.Exec(kTotals, account.value(), UserOf(shared, user).value());
  return {rows[0][0].as<int64_t>(), rows[0][1].as<int64_t>()};
}

void WriteAnnotation(Transaction& transaction, const AnnotationRow& row, AccountId user) {
  transaction.Post(kWrite, row.mailbox.account.value(), UserOf(row.shared, user).value(),
                   row.mailbox.mailbox.value(), row.path, pqxx::binarystring(row.value));
}

void RemoveAnnotation(Transaction& transaction, const AnnotationRow& row, AccountId user) {
  transaction.Post(kRemove, row.mailbox.account.value(), UserOf(row.shared, user).value(),
                   row.mailbox.mailbox.value(), row.path);
}

bool CopyAnnotations(Transaction& transaction, AccountId account, MailboxId from, MailboxId to) {
  transaction.Post(kCopy, account.value(), from.value(), to.value(), kMaxAccountEntries,
                   kMaxAccountOctets);
  return CountAnnotations(transaction, account, true, account).Fit() &&
         CountAnnotations(transaction, account, false, account).Fit();
}

void DeleteAnnotations(Transaction& transaction, MailboxKey mailbox) {
  transaction.Post(kDelete, mailbox.account.value(), mailbox.mailbox.value());
}

}  // namespace posthorn::store
