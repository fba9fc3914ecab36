// Tables blob, blob_chunk, blob_ref and blob_gc: the octets of messages.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"
#include "mailstore/storage/body.h"

namespace posthorn::store {

struct NewBlob {
  BlobKey key;
  const StoredMessage* message = nullptr;
};
// Inserts blobs with the chunks they hold.
void InsertBlobs(Transaction& transaction, absl::Span<const NewBlob> blobs);
// Copies bodies, with all that is known of them, from an account to another, each under a new id.
void CopyBlobs(Transaction& transaction, AccountId from, AccountId to,
               absl::Span<const std::pair<BlobId, BlobId>> blobs);

// A body that arrives in chunks under an id of its own. The background job deletes it after due_at
// (Unix seconds), unless KeepBlobs() comes first. False if the account does not exist.
bool BeginUpload(Transaction& transaction, BlobKey key, int64_t due_at);
// Whether it was begun, and not deleted since; nor is it until the end of the transaction.
bool HoldUpload(Transaction& transaction, BlobKey key);
void InsertChunks(Transaction& transaction, BlobKey key, absl::Span<const BodyChunk> chunks);
struct UploadedBody {
  BlobKey key;
  int64_t octets = 0;  // of the message, in the chunks that are there
};
// Those that are there; they are deleted by nobody until the end of the transaction.
std::vector<UploadedBody> LockUploads(Transaction& transaction, absl::Span<const BlobKey> keys);

// What is known of a message besides its octets.
struct BlobMetadata {
  BlobId blob;
  std::string envelope;
  std::string body_structure;
};
// Those that exist, in no order.
std::vector<BlobMetadata> LoadBlobMetadata(Connection& connection, AccountId account,
                                           absl::Span<const BlobId> blobs);

// The row of a body; without data if it is in chunks.
struct BlobBody {
  BlobId blob;
  uint32_t size = 0;
  uint32_t header_size = 0;
  Codec codec = Codec::kPlain;
  bool in_row = false;
  std::string data;
};
// Those that exist, in no order.
std::vector<BlobBody> LoadBlobBodies(Connection& connection, AccountId account,
                                     absl::Span<const BlobId> blobs);
// The chunks that hold octets from `begin` to before `end`, ascending.
std::vector<BodyChunk> LoadChunks(Connection& connection, BlobKey key, int64_t begin, int64_t end);
// All chunks of several bodies, ascending within each.
std::vector<std::pair<BlobId, BodyChunk>> LoadAllChunks(Connection& connection, AccountId account,
                                                        absl::Span<const BlobId> blobs);

// How many messages share a blob.
struct BlobCount {
  BlobKey key;
  int32_t n = 1;
};
// For those blobs that have a count; the others have one message.
std::vector<BlobCount> LoadBlobCounts(Transaction& transaction, absl::Span<const BlobKey> blobs);
void SetBlobCounts(Transaction& transaction, absl::Span<const BlobCount> counts);
void ForgetBlobCounts(Transaction& transaction, absl::Span<const BlobKey> blobs);

// Bodies that the background job will delete after due_at (Unix seconds), unless kept.
void DiscardBlobs(Transaction& transaction, absl::Span<const BlobKey> blobs, int64_t due_at);
void KeepBlobs(Transaction& transaction, absl::Span<const BlobKey> blobs);

}  // namespace posthorn::store
