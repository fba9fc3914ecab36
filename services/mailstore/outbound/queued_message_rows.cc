#include "mailstore/outbound/queued_message_rows.h"

#include <vector>

#include "mailstore/db/binary_array.h"
#include "mailstore/outbound/queue_sql.h"
#include "mailstore/storage/blob_rows.h"

namespace posthorn::store {
namespace {

constexpr int64_t kGraceSeconds = 600;

constexpr Statement kLock{
    "queue_message.lock",
    "SELECT 1 FROM queue_message m JOIN unnest($1::bigint[], $2::bigint[]) AS k (account_id, "
    "blob_id) USING (account_id, blob_id) ORDER BY account_id, blob_id FOR UPDATE OF m"};
constexpr Statement kRemove{
    "queue_message.remove",
    "DELETE FROM queue_message m USING unnest($1::bigint[], $2::bigint[]) AS k (account_id, "
    "blob_id) WHERE m.account_id = k.account_id AND m.blob_id = k.blob_id AND NOT EXISTS "
    "(SELECT FROM queue_recipient r WHERE r.account_id = m.account_id AND r.blob_id = m.blob_id) "
    "RETURNING m.account_id, m.blob_id, " QUEUE_NOW " / 1000"};

pqxx::result ExecFor(Transaction& transaction, const Statement& statement,
                     absl::Span<const BlobKey> messages) {
  BinaryArray account(BinaryArray::Type::kInt8), blob(BinaryArray::Type::kInt8);
  for (const BlobKey& key : messages) {
    account.AddInt8(static_cast<int64_t>(key.account.value()));
    blob.AddInt8(key.blob.value());
  }
  return transaction.Exec(statement, account.Finish(), blob.Finish());
}

}  // namespace

void LockQueuedMessages(Transaction& transaction, absl::Span<const BlobKey> messages) {
  ExecFor(transaction, kLock, messages);
}

void RemoveEmptyMessages(Transaction& transaction, absl::Span<const BlobKey> messages) {
  std::vector<BlobKey> removed;
  int64_t now = 0;
  for (const auto& row : ExecFor(transaction, kRemove, messages)) {
    removed.push_back({AccountId(row[0].as<uint64_t>()), BlobId(row[1].as<int64_t>())});
    now = row[2].as<int64_t>();
  }
  if (!removed.empty()) {
    DiscardBlobs(transaction, removed, now + kGraceSeconds);
  }
}

}  // namespace posthorn::store
