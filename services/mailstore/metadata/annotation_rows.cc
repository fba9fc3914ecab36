#include "mailstore/metadata/annotation_rows.h"

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

constexpr AccountId kNobody{0};  // user_id of shared entries

constexpr Statement kLoad{
    "annotation.load",
    "SELECT a.account_id, a.mailbox_id, a.user_id, a.entry, a.value "
    "FROM unnest($1::bigint[], $2::int[]) AS k (account_id, mailbox_id) "
    "JOIN annotation a USING (account_id, mailbox_id) "
    "WHERE a.account_id = ANY ($1::bigint[]) AND a.user_id IN ($3, 0) ORDER BY 1, 2, 3, 4"};
constexpr Statement kWrite{
    "annotation.write",
    "INSERT INTO annotation (account_id, user_id, mailbox_id, entry, value) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, mailbox_id, user_id, entry) "
    "DO UPDATE SET value = excluded.value"};
constexpr Statement kRemove{
    "annotation.remove",
    "DELETE FROM annotation WHERE account_id = $1 AND user_id = $2 AND mailbox_id = $3 "
    "AND entry = $4"};
constexpr Statement kCopy{"annotation.copy",
                          "INSERT INTO annotation (account_id, user_id, mailbox_id, entry, value) "
                          "SELECT account_id, user_id, $3::int, entry, value FROM annotation "
                          "WHERE account_id = $1 AND mailbox_id = $2"};
constexpr Statement kDelete{"annotation.delete",
                            "DELETE FROM annotation WHERE account_id = $1 AND mailbox_id = $2"};

template <typename Session>
std::vector<AnnotationRow> Load(Session& session, absl::Span<const MailboxKey> mailboxes,
                                AccountId user) {
  BinaryArray accounts(BinaryArray::Type::kInt8);
  BinaryArray ids(BinaryArray::Type::kInt4);
  for (const MailboxKey& key : mailboxes) {
    accounts.AddInt8(static_cast<int64_t>(key.account.value()));
    ids.AddInt4(key.mailbox.value());
  }
  std::vector<AnnotationRow> rows;
  for (const auto& row : session.Exec(kLoad, accounts.Finish(), ids.Finish(), user.value())) {
    rows.push_back({.mailbox = {AccountId(row[0].template as<uint64_t>()),
                                MailboxId(row[1].template as<int32_t>())},
                    .shared = row[2].template as<uint64_t>() == kNobody.value(),
                    .path = row[3].template as<std::string>(),
                    .value = pqxx::binarystring(row[4]).str()});
  }
  return rows;
}

AccountId UserOf(const AnnotationRow& row, AccountId user) { return row.shared ? kNobody : user; }

}  // namespace

std::vector<AnnotationRow> LoadAnnotations(Connection& connection,
                                           absl::Span<const MailboxKey> mailboxes, AccountId user) {
  return Load(connection, mailboxes, user);
}

std::vector<AnnotationRow> LoadAnnotations(Transaction& transaction,
                                           absl::Span<const MailboxKey> mailboxes, AccountId user) {
  return Load(transaction, mailboxes, user);
}

void WriteAnnotation(Transaction& transaction, const AnnotationRow& row, AccountId user) {
  transaction.Exec(kWrite, row.mailbox.account.value(), UserOf(row, user).value(),
                   row.mailbox.mailbox.value(), row.path, pqxx::binarystring(row.value));
}

void RemoveAnnotation(Transaction& transaction, const AnnotationRow& row, AccountId user) {
  transaction.Exec(kRemove, row.mailbox.account.value(), UserOf(row, user).value(),
                   row.mailbox.mailbox.value(), row.path);
}

void CopyAnnotations(Transaction& transaction, AccountId account, MailboxId from, MailboxId to) {
  transaction.Exec(kCopy, account.value(), from.value(), to.value());
}

void DeleteAnnotations(Transaction& transaction, MailboxKey mailbox) {
  transaction.Exec(kDelete, mailbox.account.value(), mailbox.mailbox.value());
}

}  // namespace posthorn::store
