#include "mailstore/access/acl_rows.h"

#include <utility>

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

constexpr Statement kRights{"acl.rights",
                            "SELECT rights, negative FROM mailbox_acl "
                            "WHERE account_id = $1 AND mailbox_id = $2 AND grantee_id IN ($3, 0)"};
constexpr Statement kShared{
    "acl.shared",
    "SELECT a.account_id, a.mailbox_id, a.rights, a.negative, n.name FROM mailbox_acl a "
    "JOIN mailbox_name n USING (account_id, mailbox_id) "
    "WHERE a.account_id = ANY ($1::bigint[]) AND a.grantee_id IN ($2, 0)"};
constexpr Statement kOwners{
    "acl.owners",
    "SELECT DISTINCT owner_id FROM shared_mailbox WHERE account_id IN ($1, 0) AND owner_id <> $1 "
    "ORDER BY owner_id LIMIT 1000"};
constexpr Statement kLoad{
    "acl.load",
    "SELECT grantee_id, negative, identifier, rights FROM mailbox_acl "
    "WHERE account_id = $1 AND mailbox_id = $2 ORDER BY identifier, negative"};
constexpr Statement kWrite{
    "acl.write",
    "INSERT INTO mailbox_acl (account_id, mailbox_id, grantee_id, negative, identifier, rights) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, mailbox_id, grantee_id, negative) "
    "DO UPDATE SET identifier = excluded.identifier, rights = excluded.rights"};
constexpr Statement kRemove{
    "acl.remove",
    "DELETE FROM mailbox_acl WHERE account_id = $1 AND mailbox_id = $2 AND grantee_id = $3 "
    "AND negative = $4"};
constexpr Statement kShare{
    "acl.share",
    "INSERT INTO shared_mailbox (account_id, owner_id, mailbox_id) "
    "SELECT g, $2::bigint, $3::int FROM unnest($1::bigint[]) g ON CONFLICT DO NOTHING"};
constexpr Statement kUnshare{
    "acl.unshare",
    "DELETE FROM shared_mailbox WHERE account_id = ANY ($1::bigint[]) AND owner_id = $2 "
    "AND mailbox_id = $3"};
constexpr Statement kCopy{
    "acl.copy",
    "INSERT INTO mailbox_acl (account_id, mailbox_id, grantee_id, negative, identifier, rights) "
    "SELECT account_id, $3::int, grantee_id, negative, identifier, rights FROM mailbox_acl "
    "WHERE account_id = $1 AND mailbox_id = $2 RETURNING grantee_id"};
constexpr Statement kDelete{
    "acl.delete",
    "DELETE FROM mailbox_acl WHERE account_id = $1 AND mailbox_id = $2 RETURNING grantee_id"};
constexpr Statement kFindAccount{"login.find_account",
                                 "SELECT account_id FROM login WHERE address_key = $1"};
constexpr Statement kAddresses{
    "login.addresses",
    "SELECT account_id, address FROM login WHERE account_id = ANY ($1::bigint[])"};

struct Sum {
  Rights given;
  Rights taken;
  void Add(const pqxx::field& rights, const pqxx::field& negative) {
    Rights& side = negative.as<bool>() ? taken : given;
    side = side | Rights::FromBits(rights.as<uint32_t>());
  }
};

std::vector<AclEntry> FromRows(const pqxx::result& rows) {
  std::vector<AclEntry> entries;
  for (const auto& row : rows) {
    entries.push_back({.grantee = AccountId(row[0].as<uint64_t>()),
                       .negative = row[1].as<bool>(),
                       .identifier = row[2].as<std::string>(),
                       .rights = Rights::FromBits(row[3].as<uint32_t>())});
  }
  return entries;
}

pqxx::binarystring Grantees(const pqxx::result& rows) {
  BinaryArray ids(BinaryArray::Type::kInt8);
  for (const auto& row : rows) {
    ids.AddInt8(row[0].as<int64_t>());
  }
  return ids.Finish();
}

pqxx::binarystring Ids(absl::Span<const AccountId> accounts) {
  BinaryArray ids(BinaryArray::Type::kInt8);
  for (const AccountId account : accounts) {
    ids.AddInt8(static_cast<int64_t>(account.value()));
  }
  return ids.Finish();
}

}  // namespace

Rights LoadRights(Connection& connection, MailboxKey mailbox, AccountId grantee) {
  Sum sum;
  for (const auto& row : connection.Exec(kRights, mailbox.account.value(), mailbox.mailbox.value(),
                                         grantee.value())) {
    sum.Add(row[0], row[1]);
  }
  return sum.given - sum.taken;
}

std::vector<AccountId> LoadOwners(Connection& connection, AccountId grantee) {
  std::vector<AccountId> owners;
  for (const auto& row : connection.Exec(kOwners, grantee.value())) {
    owners.emplace_back(row[0].as<uint64_t>());
  }
  return owners;
}

std::vector<SharedMailbox> LoadShared(Connection& connection, absl::Span<const AccountId> owners,
                                      AccountId grantee) {
  std::map<MailboxKey, std::pair<Sum, std::string>> found;
  for (const auto& row : connection.Exec(kShared, Ids(owners), grantee.value())) {
    const MailboxKey key{AccountId(row[0].as<uint64_t>()), MailboxId(row[1].as<int32_t>())};
    auto& [sum, name] = found[key];
    sum.Add(row[2], row[3]);
    name = row[4].as<std::string>();
  }
  std::vector<SharedMailbox> shared;
  for (auto& [key, entry] : found) {
    shared.push_back({key, std::move(entry.second), entry.first.given - entry.first.taken});
  }
  return shared;
}

std::vector<AclEntry> LoadAcl(Connection& connection, MailboxKey mailbox) {
  return FromRows(connection.Exec(kLoad, mailbox.account.value(), mailbox.mailbox.value()));
}

std::vector<AclEntry> LoadAcl(Transaction& transaction, MailboxKey mailbox) {
  return FromRows(transaction.Exec(kLoad, mailbox.account.value(), mailbox.mailbox.value()));
}

void WriteAclEntry(Transaction& transaction, MailboxKey mailbox, const AclEntry& entry) {
  const uint64_t owner = mailbox.account.value();
  const int32_t id = mailbox.mailbox.value();
  const AccountId grantees[] = {entry.grantee};
  if (!entry.rights.empty()) {
    transaction.Post(kWrite, owner, id, entry.grantee.value(), entry.negative, entry.identifier,
                     static_cast<int32_t>(entry.rights.bits()));
    if (!entry.negative) {
      transaction.Post(kShare, Ids(grantees), owner, id);
    }
    return;
  }
  transaction.Post(kRemove, owner, id, entry.grantee.value(), entry.negative);
  if (!entry.negative) {
    transaction.Post(kUnshare, Ids(grantees), owner, id);
  }
}

void CopyAcl(Transaction& transaction, AccountId owner, MailboxId from, MailboxId to) {
  const pqxx::result copied = transaction.Exec(kCopy, owner.value(), from.value(), to.value());
  if (!copied.empty()) {
    transaction.Post(kShare, Grantees(copied), owner.value(), to.value());
  }
}

void DeleteAcl(Transaction& transaction, MailboxKey mailbox) {
  const uint64_t owner = mailbox.account.value();
  const int32_t id = mailbox.mailbox.value();
  const pqxx::result deleted = transaction.Exec(kDelete, owner, id);
  if (!deleted.empty()) {
    transaction.Post(kUnshare, Grantees(deleted), owner, id);
  }
}

std::optional<AccountId> FindAccount(Connection& connection, const std::string& address_key) {
  const pqxx::result rows = connection.Exec(kFindAccount, address_key);
  if (rows.empty()) {
    return std::nullopt;
  }
  return AccountId(rows[0][0].as<uint64_t>());
}

std::map<AccountId, std::string> LoadAddresses(Connection& connection,
                                               absl::Span<const AccountId> accounts) {
  std::map<AccountId, std::string> addresses;
  for (const auto& row : connection.Exec(kAddresses, Ids(accounts))) {
    addresses[AccountId(row[0].as<uint64_t>())] = row[1].as<std::string>();
  }
  return addresses;
}

}  // namespace posthorn::store
