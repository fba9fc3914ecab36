#include "mailstore/directory/first_mailboxes.h"

#include <ctime>
#include <iterator>

#include "mailstore/db/binary_array.h"
#include "mailstore/directory/text_array.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::store {
namespace {

struct FirstMailbox {
  const char* name;
  v1::SpecialUse use;
};

// Mailbox ids count from 1 in this order; INBOX has the first.
constexpr FirstMailbox kFirstMailboxes[] = {
    {"INBOX", v1::SPECIAL_USE_NONE},  {"Drafts", v1::SPECIAL_USE_DRAFTS},
    {"Sent", v1::SPECIAL_USE_SENT},   {"Junk", v1::SPECIAL_USE_JUNK},
    {"Trash", v1::SPECIAL_USE_TRASH}, {"Archive", v1::SPECIAL_USE_ARCHIVE},
};
constexpr int kCount = static_cast<int>(std::size(kFirstMailboxes));

constexpr Statement kAccounts{"account.add",
                              "INSERT INTO account (account_id, quota_bytes, next_mailbox_id) "
                              "SELECT a, q, $3 FROM unnest($1::bigint[], $2::bigint[]) t (a, q)"};
constexpr Statement kMailboxes{
    "account.add_mailboxes",
    "INSERT INTO mailbox (account_id, mailbox_id, uidvalidity) "
    "SELECT a, m, $2 FROM unnest($1::bigint[]) a, generate_series(1, $3::int) m"};
constexpr Statement kNames{
    "account.add_mailbox_names",
    "INSERT INTO mailbox_name (account_id, name, mailbox_id, special_use, subscribed) "
    "SELECT a, n, m, u, true FROM unnest($1::bigint[]) a, "
    "unnest($2::text[], $3::int[]) WITH ORDINALITY t (n, u, m)"};

}  // namespace

void AddStoreRows(Transaction& transaction, const std::vector<AccountId>& accounts,
                  const std::vector<int64_t>& quotas) {
  BinaryArray ids(BinaryArray::Type::kInt8);
  BinaryArray limits(BinaryArray::Type::kInt8);
  for (size_t i = 0; i < accounts.size(); ++i) {
    ids.AddInt8(static_cast<int64_t>(accounts[i].value()));
    limits.AddInt8(quotas[i]);
  }
  std::vector<std::string> names;
  BinaryArray uses(BinaryArray::Type::kInt4);
  for (const FirstMailbox& mailbox : kFirstMailboxes) {
    names.emplace_back(mailbox.name);
    uses.AddInt4(mailbox.use);
  }
  const pqxx::binarystring account_ids = ids.Finish();
  // RFC 3501 2.3.1.1 suggests the time of creation. Account ids are never given out again, so no
  // mailbox was ever known under these numbers before.
  const auto uidvalidity = static_cast<int32_t>(std::time(nullptr) & 0x7fffffff);
  transaction.Post(kAccounts, account_ids, limits.Finish(), kCount + 1);
  transaction.Post(kMailboxes, account_ids, uidvalidity, kCount);
  transaction.Post(kNames, account_ids, TextArray(names), uses.Finish());
}

}  // namespace posthorn::store
