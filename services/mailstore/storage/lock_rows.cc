#include "mailstore/storage/lock_rows.h"

#include <cstdint>
#include <utility>

#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {
namespace {

#define LOCK_ACCOUNTS(columns)                               \
  "SELECT " columns                                          \
  " FROM account a WHERE a.account_id = ANY ($1::bigint[]) " \
  "ORDER BY a.account_id FOR UPDATE"

// The parameters are the keys of mailboxes, ascending: their order is that of the locks.
#define LOCK_MAILBOXES(columns, accounts, mailboxes) \
  "SELECT " columns POSTHORN_MAILBOXES_BY_KEY(accounts, mailboxes, "FOR UPDATE")

// In the place of columns of the other table.
#define NO_ACCOUNT                                                                    \
  "NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::int, " \
  "NULL::int, NULL::bigint, NULL::int"
#define NO_MAILBOX                                                                            \
  "NULL::bigint, NULL::int, NULL::bigint, NULL::bigint, NULL::bigint, NULL::int, NULL::int, " \
  "NULL::int, NULL::int, NULL::int, NULL::int, NULL::text, NULL::bigint, NULL::bigint"

constexpr Statement kLockAccounts{"account.lock", LOCK_ACCOUNTS(POSTHORN_ACCOUNT_COLUMNS)};
constexpr Statement kLockMailboxes{"mailbox.lock",
                                   LOCK_MAILBOXES(POSTHORN_MAILBOX_COLUMNS, "$1", "$2")};
// The parts of a union are run in their order.
constexpr Statement kLockBoth{
    "account_mailbox.lock",
    "SELECT * FROM (" LOCK_ACCOUNTS(POSTHORN_ACCOUNT_COLUMNS ", " NO_MAILBOX) ") a "
    "UNION ALL SELECT * FROM (" LOCK_MAILBOXES(
        NO_ACCOUNT ", " POSTHORN_MAILBOX_COLUMNS, "$2", "$3") ") m"};

std::vector<int64_t> Numbers(absl::Span<const AccountId> accounts) {
  std::vector<int64_t> numbers;
  numbers.reserve(accounts.size());
  for (const AccountId account : accounts) {
    numbers.push_back(static_cast<int64_t>(account.value()));
  }
  return numbers;
}

struct KeyNumbers {
  explicit KeyNumbers(absl::Span<const MailboxKey> keys) {
    accounts.reserve(keys.size());
    mailboxes.reserve(keys.size());
    for (const MailboxKey& key : keys) {
      accounts.push_back(static_cast<int64_t>(key.account.value()));
      mailboxes.push_back(key.mailbox.value());
    }
  }
  std::vector<int64_t> accounts;
  std::vector<int64_t> mailboxes;
};

}  // namespace

std::vector<AccountState> LockAccounts(Transaction& transaction,
                                       absl::Span<const AccountId> accounts) {
  std::vector<AccountState> locked;
  for (const auto& row : transaction.ExecNumbers(kLockAccounts, {Numbers(accounts)})) {
    locked.push_back(AccountOf(row));
  }
  return locked;
}

std::vector<MailboxState> LockMailboxes(Transaction& transaction,
                                        absl::Span<const MailboxKey> keys) {
  const KeyNumbers numbers(keys);
  std::vector<MailboxState> locked;
  for (const auto& row :
       transaction.ExecNumbers(kLockMailboxes, {numbers.accounts, numbers.mailboxes})) {
    locked.push_back(MailboxOf(row));
  }
  return locked;
}

LockedRows LockRows(Transaction& transaction, absl::Span<const AccountId> accounts,
                    absl::Span<const MailboxKey> keys) {
  const KeyNumbers numbers(keys);
  LockedRows locked;
  for (const auto& row : transaction.ExecNumbers(
           kLockBoth, {Numbers(accounts), numbers.accounts, numbers.mailboxes})) {
    if (row[0].is_null()) {
      locked.mailboxes.push_back(
          MailboxOf(row.slice(kAccountColumns, kAccountColumns + kMailboxColumns)));
    } else {
      locked.accounts.push_back(AccountOf(row.slice(0, kAccountColumns)));
    }
  }
  return locked;
}

}  // namespace posthorn::store
