#include "mailstore/mailbox/name_rows.h"

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

constexpr Statement kLoad{
    "mailbox_name.load",
    "SELECT name, mailbox_id, special_use, subscribed, exists_as_parent FROM mailbox_name "
    "WHERE account_id = $1"};

constexpr Statement kWrite{
    "mailbox_name.write",
    "INSERT INTO mailbox_name (account_id, name, mailbox_id, special_use, subscribed, "
    "exists_as_parent) SELECT $1, k.name, k.mailbox, k.use, k.subscribed <> 0, k.parent <> 0 "
    "FROM unnest($2::text[], $3::int[], $4::int[], $5::int[], $6::int[]) "
    "AS k (name, mailbox, use, subscribed, parent) ON CONFLICT (account_id, name) DO UPDATE "
    "SET mailbox_id = excluded.mailbox_id, special_use = excluded.special_use, "
    "subscribed = excluded.subscribed, exists_as_parent = excluded.exists_as_parent"};

constexpr Statement kDelete{
    "mailbox_name.delete",
    "DELETE FROM mailbox_name WHERE account_id = $1 AND name = ANY ($2::text[])"};

std::map<std::string, NameRow> FromRows(const pqxx::result& rows) {
  std::map<std::string, NameRow> names;
  for (const auto& row : rows) {
    NameRow& name = names[row[0].as<std::string>()];
    if (!row[1].is_null()) {
      name.mailbox = MailboxId(row[1].as<int32_t>());
    }
    name.special_use = row[2].as<int>();
    name.subscribed = row[3].as<bool>();
    name.parent = row[4].as<bool>();
  }
  return names;
}

}  // namespace

std::map<std::string, NameRow> LoadNames(Connection& connection, AccountId account) {
  return FromRows(connection.Exec(kLoad, account.value()));
}

std::map<std::string, NameRow> LoadNames(Transaction& transaction, AccountId account) {
  return FromRows(transaction.Exec(kLoad, account.value()));
}

void WriteNames(Transaction& transaction, AccountId account, const NameTree& tree) {
  BinaryArray name(Type::kText), mailbox(Type::kInt4), use(Type::kInt4), subscribed(Type::kInt4),
      parent(Type::kInt4), gone(Type::kText);
  for (const std::string& changed : tree.changed()) {
    const auto it = tree.rows().find(changed);
    if (it == tree.rows().end()) {
      gone.AddOctets(changed);
      continue;
    }
    const NameRow& row = it->second;
    name.AddOctets(changed);
    if (row.mailbox.has_value()) {
      mailbox.AddInt4(row.mailbox->value());
    } else {
      mailbox.AddNull();
    }
    use.AddInt4(row.special_use);
    subscribed.AddInt4(row.subscribed ? 1 : 0);
    parent.AddInt4(row.parent ? 1 : 0);
  }
  if (gone.size() > 0) {
    transaction.Post(kDelete, account.value(), gone.Finish());
  }
  if (name.size() > 0) {
    transaction.Post(kWrite, account.value(), name.Finish(), mailbox.Finish(), use.Finish(),
                     subscribed.Finish(), parent.Finish());
  }
}

}  // namespace posthorn::store
