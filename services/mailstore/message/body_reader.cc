#include "mailstore/message/body_reader.h"

#include <algorithm>
#include <utility>

#include "mailstore/storage/body_codec.h"

namespace posthorn::store {

namespace asio = boost::asio;

asio::awaitable<absl::Status> BodyReader::Load(absl::Span<const BlobId> blobs) {
  loaded_.clear();
  std::vector<BlobId> missing;
  for (const BlobId blob : blobs) {
    if (auto body = store_.messages().FindBody({account_, blob}); body != nullptr) {
      loaded_[blob] = std::move(body);
    } else {
      missing.push_back(blob);
    }
  }
  if (missing.empty()) {
    co_return absl::OkStatus();
  }
  auto load = [account = account_,
               &missing](Connection& connection) -> absl::StatusOr<std::vector<BlobBody>> {
    return LoadBlobBodies(connection, account, missing);
  };
  absl::StatusOr<std::vector<BlobBody>> bodies = co_await store_.bodies().Run(std::move(load));
  if (!bodies.ok()) {
    co_return bodies.status();
  }
  for (BlobBody& body : *bodies) {
    const BlobId blob = body.blob;
    loaded_[blob] = store_.messages().Put(account_, std::move(body));
  }
  co_return absl::OkStatus();
}

std::shared_ptr<const BlobBody> BodyReader::Find(BlobId blob) const {
  const auto it = loaded_.find(blob);
  return it == loaded_.end() ? nullptr : it->second;
}

asio::awaitable<absl::StatusOr<std::string>> BodyReader::Read(const BlobBody& body, uint64_t offset,
                                                              uint64_t end) {
  std::string plain;
  if (body.in_row) {
    const absl::Status status = Decode(body.codec, body.data, body.size, &plain);
    if (!status.ok()) {
      co_return status;
    }
    if (offset == 0 && end == body.size) {
      co_return plain;
    }
    co_return plain.substr(offset, end - offset);
  }
  end = std::min(end, offset + kWindow);
  auto load = [key = BlobKey{account_, body.blob}, offset,
               end](Connection& connection) -> absl::StatusOr<std::vector<BodyChunk>> {
    return LoadChunks(connection, key, static_cast<int64_t>(offset), static_cast<int64_t>(end));
  };
  const absl::StatusOr<std::vector<BodyChunk>> chunks =
      co_await store_.bodies().Run(std::move(load));
  if (!chunks.ok()) {
    co_return chunks.status();
  }
  if (chunks->empty() || chunks->front().start > static_cast<int64_t>(offset)) {
    co_return absl::DataLossError("a piece of the body is missing");
  }
  auto next = chunks->front().start;
  plain.reserve(kWindow + 2 * kMaxChunkPlain);
  for (const BodyChunk& chunk : *chunks) {
    if (chunk.start != next) {
      co_return absl::DataLossError("a piece of the body is missing");
    }
    next += chunk.plain_size;
    const absl::Status status =
        Decode(chunk.codec, chunk.data, static_cast<size_t>(chunk.plain_size), &plain);
    if (!status.ok()) {
      co_return status;
    }
  }
  if (next < static_cast<int64_t>(end)) {
    co_return absl::DataLossError("a piece of the body is missing");
  }
  co_return plain.substr(offset - chunks->front().start, end - offset);
}

}  // namespace posthorn::store
