#include "mailstore/outbound/sending_rows.h"

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

constexpr int64_t kDay = 86'400;

constexpr Statement kReserve{
    "sending.reserve",
    "INSERT INTO sending_count (account_id, day, recipients) "
    "SELECT k.account_id, $4::int, k.n FROM unnest($1::bigint[], $2::int[]) AS k (account_id, n) "
    "LEFT JOIN sending_limit l USING (account_id) "
    "WHERE coalesce(l.recipients_per_day, $3::int) > 0 ORDER BY k.account_id "
    "ON CONFLICT (account_id, day) DO UPDATE "
    "SET recipients = sending_count.recipients + excluded.recipients "
    "RETURNING account_id, recipients, (SELECT coalesce(max(l.recipients_per_day), $3::int) "
    "FROM sending_limit l WHERE l.account_id = sending_count.account_id)"};
constexpr Statement kReturn{"sending.return",
                            "UPDATE sending_count c SET recipients = c.recipients - k.n "
                            "FROM unnest($1::bigint[], $2::int[]) AS k (account_id, n) "
                            "WHERE c.account_id = k.account_id AND c.day = $3::int"};

}  // namespace

std::map<AccountId, SendingCount> ReserveSending(Transaction& transaction,
                                                 const std::map<AccountId, int32_t>& wanted,
                                                 int32_t default_limit, int64_t now) {
  BinaryArray accounts(Type::kInt8), n(Type::kInt4);
  for (const auto& [account, recipients] : wanted) {
    accounts.AddInt8(static_cast<int64_t>(account.value()));
    n.AddInt4(recipients);
  }
  std::map<AccountId, SendingCount> counts;
  const auto day = static_cast<int32_t>(now / kDay);
  for (const auto& row :
       transaction.Exec(kReserve, accounts.Finish(), n.Finish(), default_limit, day)) {
    const AccountId account(row[0].as<uint64_t>());
    const int32_t reserved = wanted.at(account);
    counts[account] = {.limit = row[2].as<int32_t>(),
                       .before = row[1].as<int32_t>() - reserved,
                       .reserved = reserved};
  }
  return counts;
}

void ReturnSending(Transaction& transaction, const std::map<AccountId, SendingCount>& counts,
                   int64_t now) {
  BinaryArray accounts(Type::kInt8), n(Type::kInt4);
  for (const auto& [account, count] : counts) {
    if (count.used != count.reserved) {
      accounts.AddInt8(static_cast<int64_t>(account.value()));
      n.AddInt4(count.reserved - count.used);
    }
  }
  if (n.size() > 0) {
    transaction.Post(kReturn, accounts.Finish(), n.Finish(), static_cast<int32_t>(now / kDay));
  }
}

}  // namespace posthorn::store
