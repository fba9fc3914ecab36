#include "mailstore/storage/change_log.h"

#include "absl/strings/str_cat.h"
#include "mailstore/db/binary_array.h"
#include "mailstore/db/binary_row.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {
namespace {

constexpr Statement kInsert{
    "change_log.insert",
    "INSERT INTO change_log (account_id, mailbox_id, modseq, kind, uids, logged_at) "
    "SELECT k.*, $6::bigint FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::int[], "
    "$5::bytea[]) k"};

}  // namespace

void InsertChanges(Transaction& transaction, absl::Span<const LoggedChange> changes,
                   int64_t logged_at) {
  using Type = BinaryArray::Type;
  BinaryArray account(Type::kInt8), mailbox(Type::kInt4), modseq(Type::kInt8), kind(Type::kInt4),
      uids(Type::kBytea);
  for (const LoggedChange& change : changes) {
    account.AddInt8(static_cast<int64_t>(change.mailbox.account.value()));
    mailbox.AddInt4(change.mailbox.mailbox.value());
    modseq.AddInt8(change.modseq.value());
    kind.AddInt4(static_cast<int32_t>(change.kind));
    uids.AddOctets(PackUids(change.uids));
  }
  transaction.Post(kInsert, account.Finish(), mailbox.Finish(), modseq.Finish(), kind.Finish(),
                   uids.Finish(), logged_at);
}

std::vector<LoggedChange> LoadChanges(Transaction& transaction, MailboxKey mailbox, ModSeq since) {
  const pqxx::result rows = transaction.SelectBinary(
      "change_log.load", "changes",
      absl::StrCat("SELECT modseq, kind, uids FROM change_log WHERE account_id = ",
                   mailbox.account.value(), " AND mailbox_id = ", mailbox.mailbox.value(),
                   " AND modseq > ", since.value(), " ORDER BY modseq, kind"));
  std::vector<LoggedChange> changes;
  changes.reserve(rows.size());
  for (const auto& row : rows) {
    changes.push_back({.mailbox = mailbox,
                       .modseq = ModSeq(ReadInt8(row[0])),
                       .kind = static_cast<ChangeKind>(ReadInt2(row[1])),
                       .uids = UnpackUids(ReadOctets(row[2]))});
  }
  return changes;
}

}  // namespace posthorn::store
