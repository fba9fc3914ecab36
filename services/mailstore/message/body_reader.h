// Octets of messages, from memory or the database, a window at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailstore/store.h"

namespace posthorn::store {

class BodyReader {
 public:
  BodyReader(Store& store, AccountId account) : store_(store), account_(account) {}

  // Gets the rows of these bodies at once, in place of those it had; Find() has them afterwards.
  boost::asio::awaitable<absl::Status> Load(absl::Span<const BlobId> blobs);
  // Null if the body is gone.
  std::shared_ptr<const BlobBody> Find(BlobId blob) const;

  // Octets of a loaded body from `offset` on, up to kWindow of them and not beyond `end`; at least
  // one if offset < end <= body.size. DataLoss if they are not there.
  boost::asio::awaitable<absl::StatusOr<std::string>> Read(const BlobBody& body, uint64_t offset,
                                                           uint64_t end);

  static constexpr uint64_t kWindow = 512 * 1024;

 private:
  Store& store_;
  const AccountId account_;
  absl::flat_hash_map<BlobId, std::shared_ptr<const BlobBody>> loaded_;
};

}  // namespace posthorn::store
