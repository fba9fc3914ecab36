#include "mailstore/cache/message_cache.h"

#include <utility>

namespace posthorn::store {
namespace {

constexpr size_t kOverhead = 200;  // of an entry: list node, hash slot, strings

}  // namespace

std::shared_ptr<const BlobMetadata> MessageCache::Put(AccountId account, BlobMetadata metadata) {
  const BlobKey key{account, metadata.blob};
  auto shared = std::make_shared<const BlobMetadata>(std::move(metadata));
  metadata_.Put(key, shared,
                kOverhead + shared->envelope.capacity() + shared->body_structure.capacity());
  return shared;
}

std::shared_ptr<const BlobBody> MessageCache::Put(AccountId account, BlobBody body) {
  const BlobKey key{account, body.blob};
  auto shared = std::make_shared<const BlobBody>(std::move(body));
  bodies_.Put(key, shared, kOverhead + shared->data.capacity());
  return shared;
}

void MessageCache::OnCommit(const CommittedBlob& blob) {
  const StoredMessage& message = *blob.message;
  Put(blob.key.account, BlobMetadata{.blob = blob.key.blob,
                                     .envelope = message.envelope,
                                     .body_structure = message.body_structure});
  Put(blob.key.account, BlobBody{.blob = blob.key.blob,
                                 .size = message.size,
                                 .header_size = message.header_size,
                                 .codec = message.codec,
                                 .in_row = message.in_row,
                                 .data = message.body});
}

}  // namespace posthorn::store
