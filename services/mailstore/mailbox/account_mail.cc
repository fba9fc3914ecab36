#include "mailstore/mailbox/account_mail.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "mailstore/db/binary_array.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::store {
namespace {

struct FirstMailbox {
  const char* name;
  v1::SpecialUse use;
};
// In order of their mailbox ids, kInbox first.
constexpr FirstMailbox kFirstMailboxes[] = {
    {"INBOX", v1::SPECIAL_USE_NONE}, {"Drafts", v1::SPECIAL_USE_DRAFTS},
    {"Sent", v1::SPECIAL_USE_SENT},  {"Trash", v1::SPECIAL_USE_TRASH},
    {"Junk", v1::SPECIAL_USE_JUNK},  {"Archive", v1::SPECIAL_USE_ARCHIVE}};

constexpr Statement kAccounts{
    "account.insert",
    "INSERT INTO account (account_id, quota_bytes, next_mailbox_id, last_uidvalidity) "
    "SELECT k.account_id, k.quota, $3::int, $4::int "
    "FROM unnest($1::bigint[], $2::bigint[]) AS k (account_id, quota)"};

constexpr Statement kMailboxes{
    "account.insert_mailboxes",
    "INSERT INTO mailbox (account_id, mailbox_id, uidvalidity) "
    "SELECT a, m, $3::int FROM unnest($1::bigint[]) a CROSS JOIN unnest($2::int[]) m"};

constexpr Statement kNames{
    "account.insert_mailbox_names",
    "INSERT INTO mailbox_name (account_id, name, mailbox_id, special_use, subscribed) "
    "SELECT a, m.name, m.id, m.use, true FROM unnest($1::bigint[]) a "
    "CROSS JOIN unnest($2::text[], $3::int[], $4::int[]) AS m (name, id, use)"};

constexpr Statement kLock{"account.lock_one",
                          "SELECT 1 FROM account WHERE account_id = $1 FOR UPDATE"};
constexpr Statement kRemove[] = {
    {"account.remove_names", "DELETE FROM mailbox_name WHERE account_id = $1"},
    {"account.remove_mailboxes", "DELETE FROM mailbox WHERE account_id = $1"},
    {"account.remove_maildrop", "DELETE FROM maildrop_lock WHERE account_id = $1"},
    {"account.remove", "DELETE FROM account WHERE account_id = $1"},
    {"account.remove_later", "INSERT INTO account_gc VALUES ($1) ON CONFLICT DO NOTHING"}};

}  // namespace

void MakeAccountMailboxes(Transaction& transaction, absl::Span<const NewMailAccount> accounts) {
  using Type = BinaryArray::Type;
  const auto ids = [&accounts] {
    BinaryArray array(Type::kInt8);
    for (const NewMailAccount& account : accounts) {
      array.AddInt8(static_cast<int64_t>(account.id.value()));
    }
    return array.Finish();
  };
  BinaryArray quotas(Type::kInt8), mailboxes(Type::kInt4), names(Type::kText), uses(Type::kInt4);
  for (const NewMailAccount& account : accounts) {
    quotas.AddInt8(account.quota_bytes);
  }
  int32_t next_id = kInbox.value();
  for (const FirstMailbox& mailbox : kFirstMailboxes) {
    mailboxes.AddInt4(next_id++);
    names.AddOctets(mailbox.name);
    uses.AddInt4(mailbox.use);
  }
  const auto uidvalidity = static_cast<int32_t>(absl::ToUnixSeconds(absl::Now()));
  const pqxx::binarystring mailbox_ids = mailboxes.Finish();
  transaction.Exec(kAccounts, ids(), quotas.Finish(), next_id, uidvalidity);
  transaction.Exec(kMailboxes, ids(), mailbox_ids, uidvalidity);
  transaction.Exec(kNames, ids(), names.Finish(), mailbox_ids, uses.Finish());
}

void RemoveAccountMail(Transaction& transaction, AccountId account) {
  transaction.Exec(kLock, account.value());
  for (const Statement& statement : kRemove) {
    transaction.Exec(statement, account.value());
  }
}

}  // namespace posthorn::store
