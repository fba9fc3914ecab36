// Envelopes and body structures of messages, from memory or the database.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "mailstore/storage/message_row.h"
#include "mailstore/store.h"

namespace posthorn::store {

class MetadataReader {
 public:
  using Result = std::vector<std::shared_ptr<const BlobMetadata>>;

  MetadataReader(Store& store, AccountId account) : store_(store), account_(account) {}

  // One for each row, never null: a blob that is gone meanwhile has empty octets, which stand for
  // an empty envelope.
  boost::asio::awaitable<absl::StatusOr<Result>> Read(const std::vector<MessageRow>& rows);

 private:
  Store& store_;
  const AccountId account_;
};

}  // namespace posthorn::store
