#include "mailstore/url/url_key_rows.h"

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

constexpr Statement kLoad{"url_key.load",
                          "SELECT key FROM url_key WHERE account_id = $1 AND mailbox_id = $2"};
constexpr Statement kEnsure{
    "url_key.ensure",
    "INSERT INTO url_key (account_id, mailbox_id, key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
constexpr Statement kReplace{
    "url_key.replace",
    "INSERT INTO url_key (account_id, mailbox_id, key) VALUES ($1, $2, $3) "
    "ON CONFLICT (account_id, mailbox_id) DO UPDATE SET key = excluded.key"};
constexpr Statement kDelete{"url_key.delete", "DELETE FROM url_key WHERE account_id = $1"};

int64_t Number(AccountId account) { return static_cast<int64_t>(account.value()); }

}  // namespace

std::optional<std::string> LoadUrlKey(Connection& connection, MailboxKey mailbox) {
  const pqxx::result rows =
      connection.Exec(kLoad, Number(mailbox.account), mailbox.mailbox.value());
  return rows.empty() ? std::nullopt : std::optional(pqxx::binarystring(rows[0][0]).str());
}

std::string EnsureUrlKey(Connection& connection, MailboxKey mailbox, const std::string& proposed) {
  connection.Exec(kEnsure, Number(mailbox.account), mailbox.mailbox.value(), Octets(proposed));
  return LoadUrlKey(connection, mailbox).value_or(std::string());
}

void ReplaceUrlKey(Connection& connection, MailboxKey mailbox, const std::string& key) {
  connection.Exec(kReplace, Number(mailbox.account), mailbox.mailbox.value(), Octets(key));
}

void DeleteUrlKeys(Connection& connection, AccountId account) {
  connection.Exec(kDelete, Number(account));
}

}  // namespace posthorn::store
