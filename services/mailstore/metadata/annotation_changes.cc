#include "mailstore/metadata/annotation_changes.h"

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

constexpr int64_t kVersionsKept = 1'000;
constexpr int64_t kMostChanges = 10'000;

constexpr Statement kNext{"annotation_change.next",
                          "UPDATE account SET annotation_version = annotation_version + 1 "
                          "WHERE account_id = $1 RETURNING annotation_version"};
constexpr Statement kTrim{"annotation_change.trim",
                          "DELETE FROM annotation_change WHERE account_id = $1 AND version <= $2"};
constexpr Statement kRecord{
    "annotation_change.record",
    "INSERT INTO annotation_change (account_id, user_id, mailbox_id, entry, version) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, mailbox_id, user_id, entry) "
    "DO UPDATE SET version = excluded.version"};
constexpr Statement kDelete{
    "annotation_change.delete",
    "DELETE FROM annotation_change WHERE account_id = $1 AND mailbox_id = $2"};
constexpr Statement kVersions{
    "annotation_change.versions",
    "SELECT account_id, annotation_version FROM account WHERE account_id = ANY ($1::bigint[])"};
constexpr Statement kLoad{
    "annotation_change.load",
    "SELECT * FROM (SELECT c.account_id, c.mailbox_id, c.user_id, c.entry, c.version, n.name "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k (account_id, known, latest) "
    "JOIN annotation_change c USING (account_id) "
    "LEFT JOIN mailbox_name n USING (account_id, mailbox_id) "
    "WHERE c.account_id = ANY ($1::bigint[]) AND c.version > k.known AND c.version <= k.latest "
    "AND c.user_id IN ($4, 0) AND (n.name IS NOT NULL OR c.mailbox_id = 0) "
    "ORDER BY c.version DESC LIMIT $5) newest ORDER BY 1, 2, 4, 3"};

}  // namespace

int64_t NextAnnotationVersion(Transaction& transaction, AccountId account) {
  const auto version = transaction.Exec(kNext, account.value())[0][0].as<int64_t>();
  transaction.Post(kTrim, account.value(), version - kVersionsKept);
  return version;
}

void RecordAnnotationChange(Transaction& transaction, const AnnotationRow& row, AccountId user,
                            int64_t version) {
  transaction.Post(kRecord, row.mailbox.account.value(), UserOf(row.shared, user).value(),
                   row.mailbox.mailbox.value(), row.path, version);
}

void DeleteAnnotationChanges(Transaction& transaction, MailboxKey mailbox) {
  transaction.Post(kDelete, mailbox.account.value(), mailbox.mailbox.value());
}

AnnotationVersions LoadAnnotationVersions(Connection& connection,
                                          const std::vector<AccountId>& accounts) {
  BinaryArray ids(BinaryArray::Type::kInt8);
  for (const AccountId account : accounts) {
    ids.AddInt8(static_cast<int64_t>(account.value()));
  }
  AnnotationVersions versions;
  for (const auto& row : connection.Exec(kVersions, ids.Finish())) {
    versions[AccountId(row[0].as<uint64_t>())] = row[1].as<int64_t>();
  }
  return versions;
}

std::vector<AnnotationChange> LoadAnnotationChanges(Connection& connection,
                                                    const AnnotationVersions& after,
                                                    const AnnotationVersions& until,
                                                    AccountId user) {
  using Type = BinaryArray::Type;
  BinaryArray accounts(Type::kInt8), from(Type::kInt8), to(Type::kInt8);
  bool any = false;
  for (const auto& [account, version] : after) {
    if (const auto now = until.find(account); now != until.end() && now->second > version) {
      accounts.AddInt8(static_cast<int64_t>(account.value()));
      from.AddInt8(version);
      to.AddInt8(now->second);
      any = true;
    }
  }
  std::vector<AnnotationChange> changes;
  if (!any) {
    return changes;
  }
  for (const auto& row : connection.Exec(kLoad, accounts.Finish(), from.Finish(), to.Finish(),
                                         user.value(), kMostChanges)) {
    changes.push_back(
        {.mailbox = {AccountId(row[0].as<uint64_t>()), MailboxId(row[1].as<int32_t>())},
         .shared = row[2].as<uint64_t>() == kNobody.value(),
         .path = row[3].as<std::string>(),
         .version = row[4].as<int64_t>(),
         .mailbox_name = row[5].is_null() ? std::string() : row[5].as<std::string>()});
  }
  return changes;
}

}  // namespace posthorn::store
