#include "mailstore/storage/idempotency_rows.h"

#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

constexpr Statement kLoad{
    "idempotency.load",
    "SELECT i.account_id, i.key, i.result FROM unnest($1::bigint[], $2::bytea[]) AS k (account_id, "
    "key) JOIN idempotency i USING (account_id, key) WHERE i.account_id = ANY ($1::bigint[])"};

constexpr Statement kRecord{
    "idempotency.record",
    "INSERT INTO idempotency (account_id, key, result, created_at) "
    "SELECT k.*, $4::bigint FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) k"};

// Waits for a transaction that has inserted the key and not ended.
constexpr Statement kClose{
    "idempotency.close",
    "INSERT INTO idempotency (account_id, key, result, created_at) "
    "VALUES ($1, $2, ''::bytea, $3) ON CONFLICT (account_id, key) DO NOTHING"};

}  // namespace

std::string SettleResult(Connection& connection, AccountId account, const std::string& key,
                         int64_t created_at) {
  Transaction transaction(connection);
  const auto id = static_cast<int64_t>(account.value());
  transaction.Post(kClose, id, pqxx::binarystring(key), created_at);
  // A statement of its own sees what was committed while the one before waited.
  const std::pair<AccountId, std::string> wanted(account, key);
  std::vector<RecordedResult> results = LoadResults(transaction, {&wanted, 1});
  transaction.Commit();
  return results.empty() ? std::string() : std::move(results.front().result);
}

std::vector<RecordedResult> LoadResults(Transaction& transaction,
                                        absl::Span<const std::pair<AccountId, std::string>> keys) {
  BinaryArray account(Type::kInt8), key(Type::kBytea);
  for (const auto& [account_id, octets] : keys) {
    account.AddInt8(static_cast<int64_t>(account_id.value()));
    key.AddOctets(octets);
  }
  std::vector<RecordedResult> results;
  for (const auto& row : transaction.Exec(kLoad, account.Finish(), key.Finish())) {
    results.push_back({AccountId(row[0].as<uint64_t>()), pqxx::binarystring(row[1]).str(),
                       pqxx::binarystring(row[2]).str()});
  }
  return results;
}

void RecordResults(Transaction& transaction, absl::Span<const RecordedResult> results,
                   int64_t created_at) {
  BinaryArray account(Type::kInt8), key(Type::kBytea), result(Type::kBytea);
  for (const RecordedResult& recorded : results) {
    account.AddInt8(static_cast<int64_t>(recorded.account.value()));
    key.AddOctets(recorded.key);
    result.AddOctets(recorded.result);
  }
  transaction.Post(kRecord, account.Finish(), key.Finish(), result.Finish(), created_at);
}

}  // namespace posthorn::store
