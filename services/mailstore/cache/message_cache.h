// Bodies and what was learnt of them, in memory. Immutable, so never out of date.
#pragma once

#include <memory>

#include "common/cache/byte_lru.h"
#include "mailstore/batch/commit.h"
#include "mailstore/storage/blob_rows.h"

namespace posthorn::store {

// Thread-safe.
class MessageCache {
 public:
  MessageCache(size_t max_metadata_bytes, size_t max_body_bytes)
      : metadata_(max_metadata_bytes), bodies_(max_body_bytes) {}

  std::shared_ptr<const BlobMetadata> FindMetadata(BlobKey key) { return metadata_.Get(key); }
  std::shared_ptr<const BlobBody> FindBody(BlobKey key) { return bodies_.Get(key); }

  std::shared_ptr<const BlobMetadata> Put(AccountId account, BlobMetadata metadata);
  std::shared_ptr<const BlobBody> Put(AccountId account, BlobBody body);
  // New mail is read soon after it came.
  void OnCommit(const CommittedBlob& blob);
  size_t metadata_bytes() const { return metadata_.bytes(); }
  size_t body_bytes() const { return bodies_.bytes(); }

 private:
  ByteLru<BlobKey, const BlobMetadata> metadata_;
  ByteLru<BlobKey, const BlobBody> bodies_;
};

}  // namespace posthorn::store
