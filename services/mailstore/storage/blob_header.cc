#include "mailstore/storage/blob_header.h"

#include "mailstore/storage/body_codec.h"

namespace posthorn::store {

absl::StatusOr<std::string> LoadPrefix(Connection& connection, AccountId account,
                                       const BlobBody& body, uint64_t octets) {
  std::string plain;
  if (body.in_row) {
    if (absl::Status status = Decode(body.codec, body.data, body.size, &plain); !status.ok()) {
      return status;
    }
  } else {
    for (const BodyChunk& chunk :
         LoadChunks(connection, {account, body.blob}, 0, static_cast<int64_t>(octets))) {
      const auto size = static_cast<size_t>(chunk.plain_size);
      if (absl::Status status = Decode(chunk.codec, chunk.data, size, &plain); !status.ok()) {
        return status;
      }
    }
  }
  if (plain.size() < octets) {
    return absl::DataLossError("a piece of the message is missing");
  }
  plain.resize(octets);
  return plain;
}

absl::StatusOr<std::string> LoadHeader(Connection& connection, AccountId account,
                                       const BlobBody& body) {
  return LoadPrefix(connection, account, body, body.header_size);
}

}  // namespace posthorn::store
