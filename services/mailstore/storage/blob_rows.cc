#include "mailstore/storage/blob_rows.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailstore/db/binary_array.h"
#include "mailstore/db/binary_row.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

constexpr Statement kInsertBlobs{
    "blob.insert",
    "INSERT INTO blob (account_id, blob_id, size, header_size, codec, envelope, body_structure, "
    "body) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::int[], $5::int[], "
    "$6::bytea[], $7::bytea[], $8::bytea[])"};

constexpr Statement kInsertChunks{
    "blob.insert_chunks",
    "INSERT INTO blob_chunk (account_id, blob_id, start, plain_size, codec, data) "
    "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::int[], "
    "$6::bytea[])"};

constexpr Statement kLoadCounts{
    "blob.load_counts",
    "SELECT r.account_id, r.blob_id, r.n FROM unnest($1::bigint[], $2::bigint[]) AS k (account_id, "
    "blob_id) JOIN blob_ref r USING (account_id, blob_id) WHERE r.account_id = ANY ($3::bigint[])"};

constexpr Statement kSetCounts{"blob.set_counts",
                               "INSERT INTO blob_ref (account_id, blob_id, n) "
                               "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int[]) "
                               "ON CONFLICT (account_id, blob_id) DO UPDATE SET n = excluded.n"};

constexpr Statement kForgetCounts{
    "blob.forget_counts",
    "DELETE FROM blob_ref r USING unnest($1::bigint[], $2::bigint[]) AS k (account_id, blob_id) "
    "WHERE r.account_id = ANY ($3::bigint[]) AND r.account_id = k.account_id "
    "AND r.blob_id = k.blob_id"};

constexpr Statement kDiscard{
    "blob.discard",
    "INSERT INTO blob_gc (account_id, blob_id, due_at) "
    "SELECT k.*, $3::bigint FROM unnest($1::bigint[], $2::bigint[]) k ON CONFLICT DO NOTHING"};

constexpr Statement kBeginUpload{
    "blob.begin_upload",
    "INSERT INTO blob_gc (account_id, blob_id, due_at) "
    "SELECT account_id, $2::bigint, $3::bigint FROM account WHERE account_id = $1"};

constexpr Statement kHoldUpload{
    "blob.hold_upload",
    "SELECT 1 FROM blob_gc WHERE account_id = $1 AND blob_id = $2 FOR KEY SHARE"};

constexpr Statement kLockUploads{
    "blob.lock_uploads",
    "SELECT g.account_id, g.blob_id, (SELECT coalesce(sum(c.plain_size), 0) FROM blob_chunk c "
    "WHERE c.account_id = g.account_id AND c.blob_id = g.blob_id) "
    "FROM unnest($1::bigint[], $2::bigint[]) AS k (account_id, blob_id) "
    "JOIN blob_gc g USING (account_id, blob_id) WHERE g.account_id = ANY ($1::bigint[]) "
    "FOR UPDATE OF g"};

constexpr Statement kKeep{
    "blob.keep",
    "DELETE FROM blob_gc g USING unnest($1::bigint[], $2::bigint[]) AS k (account_id, blob_id) "
    "WHERE g.account_id = ANY ($1::bigint[]) AND g.account_id = k.account_id "
    "AND g.blob_id = k.blob_id"};

constexpr Statement kCopy{
    "blob.copy",
    "INSERT INTO blob (account_id, blob_id, size, header_size, codec, envelope, body_structure, "
    "body) SELECT $2::bigint, k.new_id, b.size, b.header_size, b.codec, b.envelope, "
    "b.body_structure, "
    "b.body FROM unnest($3::bigint[], $4::bigint[]) AS k (blob_id, new_id) JOIN blob b "
    "USING (blob_id) WHERE b.account_id = $1"};
constexpr Statement kCopyChunks{
    "blob.copy_chunks",
    "INSERT INTO blob_chunk (account_id, blob_id, start, plain_size, codec, data) "
    "SELECT $2::bigint, k.new_id, c.start, c.plain_size, c.codec, c.data "
    "FROM unnest($3::bigint[], $4::bigint[]) AS k (blob_id, new_id) JOIN blob_chunk c "
    "USING (blob_id) WHERE c.account_id = $1"};
// Octets of messages in the parameters of one statement, roughly: libpqxx and libpq copy them.
constexpr size_t kMostOctets = 4 << 20;

struct KeyArrays {
  BinaryArray account{Type::kInt8};
  BinaryArray blob{Type::kInt8};
  // Each account once, for ANY where blobs may be many: see message_rows.cc.
  BinaryArray accounts{Type::kInt8};
  std::optional<AccountId> last;
  KeyArrays() = default;
  explicit KeyArrays(absl::Span<const BlobKey> keys) {
    for (const BlobKey& key : keys) {
      Add(key);
    }
  }
  void Add(const BlobKey& key) {
    if (last != key.account) {
      accounts.AddInt8(static_cast<int64_t>(key.account.value()));
      last = key.account;
    }
    account.AddInt8(static_cast<int64_t>(key.account.value()));
    blob.AddInt8(key.blob.value());
  }
};

class ChunkArrays {
 public:
  void Add(const BlobKey& key, const BodyChunk& chunk) {
    keys_.Add(key);
    start_.AddInt8(chunk.start);
    plain_size_.AddInt4(chunk.plain_size);
    codec_.AddInt4(static_cast<int32_t>(chunk.codec));
    data_.AddOctets(chunk.data);
    octets_ += chunk.data.size();
  }
  size_t octets() const { return octets_; }
  // Writes what was added, and begins anew.
  void Insert(Transaction& transaction) {
    if (start_.size() == 0) {
      return;
    }
    transaction.Post(kInsertChunks, keys_.account.Finish(), keys_.blob.Finish(), start_.Finish(),
                     plain_size_.Finish(), codec_.Finish(), data_.Finish());
    *this = ChunkArrays();
  }

 private:
  KeyArrays keys_;
  BinaryArray start_{Type::kInt8};
  BinaryArray plain_size_{Type::kInt4};
  BinaryArray codec_{Type::kInt4};
  BinaryArray data_{Type::kBytea};
  size_t octets_ = 0;
};

class BlobArrays {
 public:
  void Add(const NewBlob& blob) {
    const StoredMessage& message = *blob.message;
    keys_.Add(blob.key);
    size_.AddInt4(static_cast<int32_t>(message.size));
    header_size_.AddInt4(static_cast<int32_t>(message.header_size));
    codec_.AddInt4(static_cast<int32_t>(message.codec));
    envelope_.AddOctets(message.envelope);
    structure_.AddOctets(message.body_structure);
    if (message.in_row) {
      body_.AddOctets(message.body);
    } else {
      body_.AddNull();
    }
    octets_ += message.envelope.size() + message.body_structure.size() + message.body.size();
  }
  size_t octets() const { return octets_; }
  // Writes what was added, and begins anew.
  void Insert(Transaction& transaction) {
    if (size_.size() == 0) {
      return;
    }
    transaction.Post(kInsertBlobs, keys_.account.Finish(), keys_.blob.Finish(), size_.Finish(),
                     header_size_.Finish(), codec_.Finish(), envelope_.Finish(),
                     structure_.Finish(), body_.Finish());
    *this = BlobArrays();
  }

 private:
  KeyArrays keys_;
  BinaryArray size_{Type::kInt4};
  BinaryArray header_size_{Type::kInt4};
  BinaryArray codec_{Type::kInt4};
  BinaryArray envelope_{Type::kBytea};
  BinaryArray structure_{Type::kBytea};
  BinaryArray body_{Type::kBytea};
  size_t octets_ = 0;
};

std::string InAccount(AccountId account, absl::Span<const BlobId> blobs) {
  return absl::StrCat(
      " FROM blob WHERE account_id = ", account.value(), " AND blob_id = ANY ('{",
      absl::StrJoin(blobs, ",",
                    [](std::string* out, BlobId id) { absl::StrAppend(out, id.value()); }),
      "}')");
}

}  // namespace

void InsertBlobs(Transaction& transaction, absl::Span<const NewBlob> blobs) {
  BlobArrays rows;
  ChunkArrays chunks;
  for (const NewBlob& blob : blobs) {
    rows.Add(blob);
    for (const BodyChunk& chunk : blob.message->chunks) {
      chunks.Add(blob.key, chunk);
      if (chunks.octets() >= kMostOctets) {
        chunks.Insert(transaction);
      }
    }
    if (rows.octets() >= kMostOctets) {
      rows.Insert(transaction);
    }
  }
  rows.Insert(transaction);
  chunks.Insert(transaction);
}

void CopyBlobs(Transaction& transaction, AccountId from, AccountId to,
               absl::Span<const std::pair<BlobId, BlobId>> blobs) {
  BinaryArray old_ids(Type::kInt8);
  BinaryArray new_ids(Type::kInt8);
  for (const auto& [old_id, new_id] : blobs) {
    old_ids.AddInt8(old_id.value());
    new_ids.AddInt8(new_id.value());
  }
  const auto from_id = static_cast<int64_t>(from.value());
  const auto to_id = static_cast<int64_t>(to.value());
  const pqxx::binarystring old_array = old_ids.Finish();
  const pqxx::binarystring new_array = new_ids.Finish();
  transaction.Post(kCopy, from_id, to_id, old_array, new_array);
  transaction.Post(kCopyChunks, from_id, to_id, old_array, new_array);
}

bool BeginUpload(Transaction& transaction, BlobKey key, int64_t due_at) {
  return transaction.Exec(kBeginUpload, key.account.value(), key.blob.value(), due_at)
             .affected_rows() == 1;
}

bool HoldUpload(Transaction& transaction, BlobKey key) {
  return !transaction.Exec(kHoldUpload, key.account.value(), key.blob.value()).empty();
}

void InsertChunks(Transaction& transaction, BlobKey key, absl::Span<const BodyChunk> chunks) {
  ChunkArrays arrays;
  for (const BodyChunk& chunk : chunks) {
    arrays.Add(key, chunk);
  }
  arrays.Insert(transaction);
}

std::vector<UploadedBody> LockUploads(Transaction& transaction, absl::Span<const BlobKey> keys) {
  KeyArrays arrays(keys);
  std::vector<UploadedBody> uploads;
  for (const auto& row :
       transaction.Exec(kLockUploads, arrays.account.Finish(), arrays.blob.Finish())) {
    uploads.push_back(
        {{AccountId(row[0].as<uint64_t>()), BlobId(row[1].as<int64_t>())}, row[2].as<int64_t>()});
  }
  return uploads;
}

std::vector<BlobMetadata> LoadBlobMetadata(Connection& connection, AccountId account,
                                           absl::Span<const BlobId> blobs) {
  const pqxx::result rows = connection.SelectBinary(
      "blob.load_metadata", "SELECT blob_id, envelope, body_structure" + InAccount(account, blobs));
  std::vector<BlobMetadata> metadata;
  metadata.reserve(rows.size());
  for (const auto& row : rows) {
    metadata.push_back({BlobId(ReadInt8(row[0])), std::string(ReadOctets(row[1])),
                        std::string(ReadOctets(row[2]))});
  }
  return metadata;
}

std::vector<BlobBody> LoadBlobBodies(Connection& connection, AccountId account,
                                     absl::Span<const BlobId> blobs) {
  const pqxx::result rows =
      connection.SelectBinary("blob.load_bodies", "SELECT blob_id, size, header_size, codec, body" +
                                                      InAccount(account, blobs));
  std::vector<BlobBody> bodies;
  bodies.reserve(rows.size());
  for (const auto& row : rows) {
    bodies.push_back({.blob = BlobId(ReadInt8(row[0])),
                      .size = static_cast<uint32_t>(ReadInt4(row[1])),
                      .header_size = static_cast<uint32_t>(ReadInt4(row[2])),
                      .codec = static_cast<Codec>(ReadInt2(row[3])),
                      .in_row = !row[4].is_null(),
                      .data = std::string(ReadOctets(row[4]))});
  }
  return bodies;
}

std::vector<BodyChunk> LoadChunks(Connection& connection, BlobKey key, int64_t begin, int64_t end) {
  // The chunk that holds `begin` starts less than kMaxChunkPlain before it.
  const pqxx::result rows = connection.SelectBinary(
      "blob.load_chunks",
      absl::StrCat("SELECT start, plain_size, codec, data FROM blob_chunk WHERE account_id = ",
                   key.account.value(), " AND blob_id = ", key.blob.value(), " AND start > ",
                   begin - kMaxChunkPlain, " AND start < ", end, " AND start + plain_size > ",
                   begin, " ORDER BY start"));
  std::vector<BodyChunk> chunks;
  chunks.reserve(rows.size());
  for (const auto& row : rows) {
    chunks.push_back({.start = ReadInt8(row[0]),
                      .plain_size = ReadInt4(row[1]),
                      .codec = static_cast<Codec>(ReadInt2(row[2])),
                      .data = std::string(ReadOctets(row[3]))});
  }
  return chunks;
}

std::vector<std::pair<BlobId, BodyChunk>> LoadAllChunks(Connection& connection, AccountId account,
                                                        absl::Span<const BlobId> blobs) {
  const pqxx::result rows = connection.SelectBinary(
      "blob.load_all_chunks",
      absl::StrCat(
          "SELECT blob_id, start, plain_size, codec, data FROM blob_chunk "
          "WHERE account_id = ",
          account.value(), " AND blob_id = ANY ('{",
          absl::StrJoin(blobs, ",",
                        [](std::string* out, BlobId id) { absl::StrAppend(out, id.value()); }),
          "}') ORDER BY blob_id, start"));
  std::vector<std::pair<BlobId, BodyChunk>> chunks;
  chunks.reserve(rows.size());
  for (const auto& row : rows) {
    chunks.emplace_back(BlobId(ReadInt8(row[0])),
                        BodyChunk{.start = ReadInt8(row[1]),
                                  .plain_size = ReadInt4(row[2]),
                                  .codec = static_cast<Codec>(ReadInt2(row[3])),
                                  .data = std::string(ReadOctets(row[4]))});
  }
  return chunks;
}

std::vector<BlobCount> LoadBlobCounts(Transaction& transaction, absl::Span<const BlobKey> blobs) {
  KeyArrays keys(blobs);
  std::vector<BlobCount> counts;
  for (const auto& row : transaction.Exec(kLoadCounts, keys.account.Finish(), keys.blob.Finish(),
                                          keys.accounts.Finish())) {
    counts.push_back(
        {{AccountId(row[0].as<uint64_t>()), BlobId(row[1].as<int64_t>())}, row[2].as<int32_t>()});
  }
  return counts;
}

void SetBlobCounts(Transaction& transaction, absl::Span<const BlobCount> counts) {
  KeyArrays keys;
  BinaryArray n(Type::kInt4);
  for (const BlobCount& count : counts) {
    keys.Add(count.key);
    n.AddInt4(count.n);
  }
  transaction.Post(kSetCounts, keys.account.Finish(), keys.blob.Finish(), n.Finish());
}

void ForgetBlobCounts(Transaction& transaction, absl::Span<const BlobKey> blobs) {
  KeyArrays keys(blobs);
  transaction.Post(kForgetCounts, keys.account.Finish(), keys.blob.Finish(),
                   keys.accounts.Finish());
}

void DiscardBlobs(Transaction& transaction, absl::Span<const BlobKey> blobs, int64_t due_at) {
  KeyArrays keys(blobs);
  transaction.Post(kDiscard, keys.account.Finish(), keys.blob.Finish(), due_at);
}

void KeepBlobs(Transaction& transaction, absl::Span<const BlobKey> blobs) {
  KeyArrays keys(blobs);
  transaction.Post(kKeep, keys.account.Finish(), keys.blob.Finish());
}

}  // namespace posthorn::store
