#include "mailstore/directory/account_repository.h"

#include <pqxx/result_iterator.hxx>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/db/transaction.h"
#include "mailstore/directory/alias_repository.h"
#include "mailstore/directory/domain_repository.h"
#include "mailstore/directory/first_mailboxes.h"
#include "mailstore/directory/text_array.h"

namespace posthorn::store {
namespace {

constexpr Statement kTaken{
    "login.taken",
    "SELECT k FROM unnest($1::text[]) WITH ORDINALITY t (k, n) "
    "WHERE EXISTS (SELECT FROM login WHERE address_key = k) "
    "OR EXISTS (SELECT FROM alias WHERE address_key = k) ORDER BY n LIMIT 1"};
constexpr Statement kAdd{
    "login.add",
    "INSERT INTO login (address_key, account_id, domain, address, password_record) "
    "SELECT k, nextval('account_id_seq'), d, a, p FROM (SELECT * FROM "
    "unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY t (k, d, a, p, n) "
    "ORDER BY n) s ON CONFLICT (address_key) DO NOTHING RETURNING address_key, account_id"};
constexpr Statement kList{
    "login.list",
    "SELECT l.account_id, l.address, a.quota_bytes, a.used_bytes, a.used_messages "
    "FROM login l JOIN account a USING (account_id) "
    "WHERE l.address_key > $1 ORDER BY l.address_key LIMIT $2"};
constexpr Statement kListDomain{
    "login.list_domain",
    "SELECT l.account_id, l.address, a.quota_bytes, a.used_bytes, a.used_messages "
    "FROM login l JOIN account a USING (account_id) "
    "WHERE l.domain = $3 AND l.address_key > $1 ORDER BY l.address_key LIMIT $2"};
constexpr Statement kFind{"login.find_id", "SELECT account_id FROM login WHERE address_key = $1"};
constexpr Statement kRemove{"login.remove",
                            "DELETE FROM login WHERE address_key = $1 RETURNING account_id"};
constexpr Statement kRemoveUsage{"account.remove", "DELETE FROM account WHERE account_id = $1"};
constexpr Statement kRemoveMailboxes{"account.remove_mailboxes",
                                     "DELETE FROM mailbox WHERE account_id = $1"};
constexpr Statement kRemoveNames{"account.remove_mailbox_names",
                                 "DELETE FROM mailbox_name WHERE account_id = $1"};
constexpr Statement kLeaveMail{"account.leave_mail",
                               "INSERT INTO removed_account (account_id) VALUES ($1)"};
constexpr Statement kSetPassword{
    "login.set_password",
    "UPDATE login SET password_record = $2, generation = generation + 1 WHERE address_key = $1"};
// kAsItIs leaves a column as it is.
constexpr int kAsItIs = -1;
constexpr Statement kSetQuota{
    "account.set_quota",
    "UPDATE account SET quota_bytes = CASE WHEN $2::bigint < 0 THEN quota_bytes ELSE $2 END, "
    "quota_messages = CASE WHEN $3::bigint < 0 THEN quota_messages ELSE $3 END, "
    "quota_mailboxes = CASE WHEN $4::int < 0 THEN quota_mailboxes ELSE $4 END, "
    "may_set_quota = CASE WHEN $5::int < 0 THEN may_set_quota ELSE $5 > 0 END "
    "WHERE account_id = $1"};
constexpr Statement kSetSendingLimit{
    "account.set_sending_limit",
    "INSERT INTO sending_limit (account_id, recipients_per_day) VALUES ($1, $2) "
    "ON CONFLICT (account_id) DO UPDATE SET recipients_per_day = excluded.recipients_per_day"};
constexpr Statement kRemoveSendingLimit{"account.remove_sending_limit",
                                        "DELETE FROM sending_limit WHERE account_id = $1"};
constexpr Statement kMailboxes{
    "account.list_mailboxes",
    "SELECT n.name, m.n_messages, m.n_unseen, m.size FROM mailbox_name n "
    "JOIN mailbox m ON m.account_id = n.account_id AND m.mailbox_id = n.mailbox_id "
    "WHERE n.account_id = $1 ORDER BY n.name <> 'INBOX', n.name"};

absl::Status Taken(absl::string_view key) {
  return rpc::MakeError(absl::StatusCode::kAlreadyExists, v1::ErrorDetail::REASON_ADDRESS_EXISTS,
                        absl::StrCat(key, " exists already"));
}

absl::Status NoSuchAccount(absl::string_view key) {
  return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                        absl::StrCat("there is no account ", key));
}

template <class Field>
std::vector<std::string> Column(absl::Span<const NewAccount> accounts, Field field) {
  std::vector<std::string> column;
  column.reserve(accounts.size());
  for (const NewAccount& account : accounts) {
    column.push_back(field(account));
  }
  return column;
}

// The first key that is taken, or an empty string.
template <class Session>
std::string FirstTaken(Session& session, absl::Span<const NewAccount> accounts) {
  const auto keys = Column(accounts, [](const NewAccount& a) { return a.address.key; });
  const pqxx::result taken = session.Exec(kTaken, TextArray(keys));
  return taken.empty() ? std::string() : std::string(taken[0][0].c_str());
}

// Inserts the logins; their ids in the order given, or what is in the way.
absl::StatusOr<std::vector<AccountId>> AddLogins(Transaction& transaction,
                                                 absl::Span<const NewAccount> accounts) {
  const auto keys = Column(accounts, [](const NewAccount& a) { return a.address.key; });
  const auto domains = Column(accounts, [](const NewAccount& a) { return a.address.domain; });
  const auto texts = Column(accounts, [](const NewAccount& a) { return a.address.text; });
  const auto records = Column(accounts, [](const NewAccount& a) { return a.password_record; });
  const pqxx::result added = transaction.Exec(kAdd, TextArray(keys), TextArray(domains),
                                              TextArray(texts), TextArray(records));
  absl::flat_hash_map<std::string, AccountId> by_key;
  for (const auto& row : added) {
    by_key.emplace(row[0].c_str(), AccountId(row[1].as<uint64_t>()));
  }
  std::vector<AccountId> ids;
  for (const std::string& key : keys) {
    const auto found = by_key.find(key);
    // A key that comes twice in one call is inserted once and taken the second time.
    if (found == by_key.end()) {
      return Taken(key);
    }
    ids.push_back(found->second);
    by_key.erase(found);
  }
  return ids;
}

AccountUsage ReadUsage(const pqxx::row& row) {
  return {AccountId(row[0].as<uint64_t>()), row[1].c_str(), row[2].as<int64_t>(),
          row[3].as<int64_t>(), row[4].as<int64_t>()};
}

}  // namespace

absl::Status CheckAddressesFree(Connection& connection, absl::Span<const NewAccount> accounts) {
  const std::string taken = FirstTaken(connection, accounts);
  return taken.empty() ? absl::OkStatus() : Taken(taken);
}

absl::StatusOr<std::vector<std::string>> FindMissingDomains(Connection& connection,
                                                            absl::Span<const NewAccount> accounts) {
  return FindMissingDomains(connection,
                            Column(accounts, [](const NewAccount& a) { return a.address.domain; }));
}

absl::StatusOr<std::vector<AccountId>> AddAccounts(Connection& connection,
                                                   absl::Span<const NewAccount> accounts,
                                                   const DomainKeys& keys) {
  Transaction transaction(connection);
  const auto domains = Column(accounts, [](const NewAccount& a) { return a.address.domain; });
  for (const std::string& domain : AddMissingDomains(transaction, domains)) {
    const auto found = keys.find(domain);
    if (found == keys.end()) {
      return absl::AbortedError(absl::StrCat("domain ", domain, " was just removed"));
    }
    AddFirstDkimKeys(transaction, domain, found->second);
  }
  if (absl::Status locked = LockDomains(transaction, domains); !locked.ok()) {
    return locked;
  }
  if (const std::string taken = FirstTaken(transaction, accounts); !taken.empty()) {
    return Taken(taken);
  }
  absl::StatusOr<std::vector<AccountId>> ids = AddLogins(transaction, accounts);
  if (!ids.ok()) {
    return ids;
  }
  std::vector<int64_t> quotas;
  for (const NewAccount& account : accounts) {
    quotas.push_back(account.quota_bytes);
  }
  AddStoreRows(transaction, *ids, quotas);
  transaction.Commit();
  return ids;
}

absl::StatusOr<std::vector<AccountUsage>> ListAccounts(Connection& connection,
                                                       const std::string& domain,
                                                       const std::string& after, int limit) {
  const pqxx::result rows = domain.empty() ? connection.Exec(kList, after, limit)
                                           : connection.Exec(kListDomain, after, limit, domain);
  std::vector<AccountUsage> accounts;
  for (const auto& row : rows) {
    accounts.push_back(ReadUsage(row));
  }
  return accounts;
}

absl::Status RemoveAccount(Connection& connection, const LocalAddress& address) {
  Transaction transaction(connection);
  if (!LockDomains(transaction, {address.domain}).ok()) {
    return NoSuchAccount(address.key);
  }
  const pqxx::result removed = transaction.Exec(kRemove, address.key);
  if (removed.empty()) {
    return NoSuchAccount(address.key);
  }
  const auto account_id = removed[0][0].as<int64_t>();
  RemoveTarget(transaction, address.key);
  // The account's row first, as every writer locks it before any mailbox.
  transaction.Post(kRemoveUsage, account_id);
  transaction.Post(kRemoveMailboxes, account_id);
  transaction.Post(kRemoveNames, account_id);
  transaction.Post(kRemoveSendingLimit, account_id);
  transaction.Post(kLeaveMail, account_id);
  transaction.Commit();
  return absl::OkStatus();
}

absl::Status SetPassword(Connection& connection, const std::string& key,
                         const std::string& password_record) {
  Transaction transaction(connection);
  const pqxx::result changed = transaction.Exec(kSetPassword, key, password_record);
  transaction.Commit();
  return changed.affected_rows() == 0 ? NoSuchAccount(key) : absl::OkStatus();
}

absl::Status SetQuota(Connection& connection, const std::string& key, const QuotaChange& change) {
  Transaction transaction(connection);
  const pqxx::result found = transaction.Exec(kFind, key);
  if (found.empty()) {
    return NoSuchAccount(key);
  }
  transaction.Post(kSetQuota, found[0][0].as<int64_t>(), change.bytes.value_or(int64_t{kAsItIs}),
                   change.messages.value_or(int64_t{kAsItIs}), change.mailboxes.value_or(kAsItIs),
                   change.may_set_quota.has_value() ? int{*change.may_set_quota} : kAsItIs);
  transaction.Commit();
  return absl::OkStatus();
}

absl::Status SetSendingLimit(Connection& connection, const std::string& key,
                             int32_t recipients_per_day) {
  Transaction transaction(connection);
  const pqxx::result found = transaction.Exec(kFind, key);
  if (found.empty()) {
    return NoSuchAccount(key);
  }
  const auto account_id = found[0][0].as<int64_t>();
  if (recipients_per_day == 0) {
    transaction.Post(kRemoveSendingLimit, account_id);
  } else {
    transaction.Post(kSetSendingLimit, account_id, recipients_per_day);
  }
  transaction.Commit();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<MailboxUsage>> ListAccountMailboxes(Connection& connection,
                                                               const std::string& key) {
  const pqxx::result found = connection.Exec(kFind, key);
  if (found.empty()) {
    return NoSuchAccount(key);
  }
  std::vector<MailboxUsage> mailboxes;
  for (const auto& row : connection.Exec(kMailboxes, found[0][0].as<int64_t>())) {
    mailboxes.push_back(
        {row[0].c_str(), row[1].as<int64_t>(), row[2].as<int64_t>(), row[3].as<int64_t>()});
  }
  return mailboxes;
}

}  // namespace posthorn::store
