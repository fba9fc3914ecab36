#include "mailstore/maildrop/maildrop_rows.h"

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

constexpr Statement kTake{
    "maildrop.take",
    "INSERT INTO maildrop_lock AS l (account_id, holder, lease_until) "
    "VALUES ($1, $2, now() + make_interval(secs => $3::int)) ON CONFLICT (account_id) DO UPDATE "
    "SET holder = excluded.holder, lease_until = excluded.lease_until "
    "WHERE l.holder = excluded.holder OR l.lease_until < now() RETURNING 1"};

constexpr Statement kRenew{
    "maildrop.renew",
    "UPDATE maildrop_lock SET lease_until = now() + make_interval(secs => $3::int) "
    "WHERE account_id = $1 AND holder = $2 RETURNING 1"};

constexpr Statement kDrop{"maildrop.drop",
                          "DELETE FROM maildrop_lock WHERE account_id = $1 AND holder = $2"};

constexpr Statement kLoad{
    "maildrop.load",
    "SELECT account_id, holder FROM maildrop_lock WHERE account_id = ANY ($1::bigint[]) "
    "ORDER BY account_id FOR UPDATE"};

constexpr Statement kDelete{"maildrop.delete",
                            "DELETE FROM maildrop_lock WHERE account_id = ANY ($1::bigint[])"};

pqxx::binarystring Ids(absl::Span<const AccountId> accounts) {
  BinaryArray ids(BinaryArray::Type::kInt8);
  for (const AccountId id : accounts) {
    ids.AddInt8(static_cast<int64_t>(id.value()));
  }
  return ids.Finish();
}

}  // namespace

bool TakeMaildrop(Connection& connection, AccountId account, const std::string& holder,
                  int lease_seconds) {
  return !connection.Exec(kTake, account.value(), Octets(holder), lease_seconds).empty();
}

bool RenewMaildrop(Connection& connection, AccountId account, const std::string& holder,
                   int lease_seconds) {
  return !connection.Exec(kRenew, account.value(), Octets(holder), lease_seconds).empty();
}

void DropMaildrop(Connection& connection, AccountId account, const std::string& holder) {
  connection.Exec(kDrop, account.value(), Octets(holder));
}

std::vector<MaildropLock> LoadMaildropLocks(Transaction& transaction,
                                            absl::Span<const AccountId> accounts) {
  std::vector<MaildropLock> locks;
  for (const auto& row : transaction.Exec(kLoad, Ids(accounts))) {
    locks.push_back({AccountId(row[0].as<uint64_t>()), pqxx::binarystring(row[1]).str()});
  }
  return locks;
}

void DeleteMaildropLocks(Transaction& transaction, absl::Span<const AccountId> accounts) {
  transaction.Post(kDelete, Ids(accounts));
}

}  // namespace posthorn::store
