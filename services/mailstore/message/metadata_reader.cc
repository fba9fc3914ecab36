#include "mailstore/message/metadata_reader.h"

#include <utility>

#include "absl/container/flat_hash_map.h"

namespace posthorn::store {

namespace asio = boost::asio;

asio::awaitable<absl::StatusOr<MetadataReader::Result>> MetadataReader::Read(
    const std::vector<MessageRow>& rows) {
  Result result(rows.size());
  absl::flat_hash_map<BlobId, std::vector<size_t>> missing;
  std::vector<BlobId> blobs;
  for (size_t i = 0; i < rows.size(); ++i) {
    result[i] = store_.messages().FindMetadata({account_, rows[i].blob});
    if (result[i] == nullptr) {
      std::vector<size_t>& places = missing[rows[i].blob];
      if (places.empty()) {
        blobs.push_back(rows[i].blob);
      }
      places.push_back(i);
    }
  }
  if (blobs.empty()) {
    co_return result;
  }
  auto load = [account = account_,
               &blobs](Connection& connection) -> absl::StatusOr<std::vector<BlobMetadata>> {
    return LoadBlobMetadata(connection, account, blobs);
  };
  absl::StatusOr<std::vector<BlobMetadata>> loaded = co_await store_.bodies().Run(std::move(load));
  if (!loaded.ok()) {
    co_return loaded.status();
  }
  for (BlobMetadata& metadata : *loaded) {
    const BlobId blob = metadata.blob;
    const auto shared = store_.messages().Put(account_, std::move(metadata));
    for (const size_t i : missing[blob]) {
      result[i] = shared;
    }
  }
  static const auto kGone = std::make_shared<const BlobMetadata>();
  for (auto& metadata : result) {
    if (metadata == nullptr) {
      metadata = kGone;
    }
  }
  co_return result;
}

}  // namespace posthorn::store
