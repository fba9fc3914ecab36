#include "mailstore/mailbox/quota_rows.h"

#include "mailstore/db/transaction.h"

namespace posthorn::store {
namespace {

constexpr Statement kLoad{
    "quota.load",
    "SELECT l.address, a.quota_bytes, a.quota_messages, a.quota_mailboxes, a.used_bytes, "
    "a.used_messages, (SELECT count(*) FROM mailbox m WHERE m.account_id = $1) FROM account a "
    "JOIN login l USING (account_id) WHERE a.account_id = $1"};
constexpr Statement kMaySet{"quota.may_set",
                            "SELECT may_set_quota FROM account WHERE account_id = $1"};
constexpr Statement kFindInDomain{"quota.find_in_domain",
                                  "SELECT t.account_id FROM login c JOIN login t USING (domain) "
                                  "WHERE c.account_id = $1 AND t.address_key = $2"};
constexpr Statement kSet{
    "quota.set",
    "UPDATE account SET quota_bytes = $2, quota_messages = $3, quota_mailboxes = $4 "
    "WHERE account_id = $1"};

}  // namespace

std::optional<QuotaUsage> LoadQuota(Connection& connection, AccountId account) {
  const pqxx::result rows = connection.Exec(kLoad, account.value());
  if (rows.empty()) {
    return std::nullopt;
  }
  const auto& row = rows[0];
  return QuotaUsage{.address = row[0].as<std::string>(),
                    .quota_bytes = row[1].as<int64_t>(),
                    .quota_messages = row[2].as<int64_t>(),
                    .quota_mailboxes = row[3].as<int64_t>(),
                    .used_bytes = row[4].as<int64_t>(),
                    .used_messages = row[5].as<int64_t>(),
                    .used_mailboxes = row[6].as<int64_t>()};
}

std::optional<AccountId> FindAdministered(Connection& connection, AccountId caller,
                                          const std::string& address_key) {
  const pqxx::result may = connection.Exec(kMaySet, caller.value());
  if (may.empty() || !may[0][0].as<bool>()) {
    return std::nullopt;
  }
  const pqxx::result found = connection.Exec(kFindInDomain, caller.value(), address_key);
  if (found.empty()) {
    return std::nullopt;
  }
  return AccountId(found[0][0].as<uint64_t>());
}

void SetQuotaLimits(Connection& connection, AccountId account, int64_t bytes, int64_t messages,
                    int32_t mailboxes) {
  Transaction transaction(connection);
  transaction.Post(kSet, account.value(), bytes, messages, mailboxes);
  transaction.Commit();
}

}  // namespace posthorn::store
