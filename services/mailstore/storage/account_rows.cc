#include "mailstore/storage/account_rows.h"

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

constexpr Statement kLoad{
    "account.load", "SELECT " POSTHORN_ACCOUNT_COLUMNS " FROM account a WHERE account_id = $1"};

constexpr Statement kUpdate{
    "account.update",
    "UPDATE account a SET used_bytes = k.bytes, used_messages = k.messages, "
    "next_blob_id = k.next_blob, next_mailbox_id = k.next_mailbox, "
    "last_uidvalidity = k.uidvalidity FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], "
    "$4::bigint[], $5::int[], $6::int[]) "
    "AS k (account_id, bytes, messages, next_blob, next_mailbox, uidvalidity) "
    "WHERE a.account_id = ANY ($1::bigint[]) AND a.account_id = k.account_id"};

}  // namespace

AccountState AccountOf(const pqxx::row& row) {
  return {.id = AccountId(row[0].as<uint64_t>()),
          .used_bytes = row[1].as<int64_t>(),
          .used_messages = row[2].as<int64_t>(),
          .quota_bytes = row[3].as<int64_t>(),
          .quota_messages = row[7].as<int64_t>(),
          .quota_mailboxes = row[8].as<int32_t>(),
          .next_blob_id = row[4].as<int64_t>(),
          .next_mailbox_id = row[5].as<int32_t>(),
          .last_uidvalidity = row[6].as<int32_t>()};
}

std::optional<AccountState> LoadAccount(Connection& connection, AccountId account) {
  const pqxx::result rows = connection.Exec(kLoad, static_cast<int64_t>(account.value()));
  return rows.empty() ? std::nullopt : std::optional(AccountOf(rows[0]));
}

void UpdateAccounts(Transaction& transaction, absl::Span<const AccountState* const> accounts) {
  using Type = BinaryArray::Type;
  BinaryArray id(Type::kInt8), bytes(Type::kInt8), messages(Type::kInt8), next_blob(Type::kInt8),
      next_mailbox(Type::kInt4), uidvalidity(Type::kInt4);
  for (const AccountState* state : accounts) {
    id.AddInt8(static_cast<int64_t>(state->id.value()));
    bytes.AddInt8(state->used_bytes);
    messages.AddInt8(state->used_messages);
    next_blob.AddInt8(state->next_blob_id);
    next_mailbox.AddInt4(state->next_mailbox_id);
    uidvalidity.AddInt4(state->last_uidvalidity);
  }
  transaction.Post(kUpdate, id.Finish(), bytes.Finish(), messages.Finish(), next_blob.Finish(),
                   next_mailbox.Finish(), uidvalidity.Finish());
}

}  // namespace posthorn::store
