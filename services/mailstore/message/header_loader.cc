#include "mailstore/message/header_loader.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/rpc/status.h"
#include "mailstore/message/lanes.h"
#include "mailstore/storage/blob_header.h"
#include "mailstore/storage/thread_ids.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kLanes = 2;
constexpr size_t kBytesEach = 600;  // of columns, guessed for the memory budget
// The same for a part of them, and what it may take however small the budget is.
constexpr size_t kKeyBytesEach = 32;
constexpr size_t kTextBytesEach = 40;
constexpr size_t kThreadIdBytesEach = 48;
constexpr size_t kLeastKeyBytes = 1 << 20;

bool HasThreadIds(absl::string_view envelope) {
  v1::Envelope parsed;
  return parsed.ParseFromArray(envelope.data(), static_cast<int>(envelope.size())) &&
         parsed.has_thread_ids();
}

// For messages that were stored before their thread ids were: read from their headers, once.
absl::flat_hash_map<BlobId, std::string> LoadThreadIds(Connection& connection, AccountId account,
                                                       absl::Span<const BlobId> blobs) {
  absl::flat_hash_map<BlobId, std::string> ids;
  constexpr size_t kAtOnce = 64;
  for (size_t i = 0; i < blobs.size(); i += kAtOnce) {
    for (const BlobBody& body : LoadBlobBodies(connection, account, blobs.subspan(i, kAtOnce))) {
      const absl::StatusOr<std::string> header = LoadHeader(connection, account, body);
      if (header.ok()) {
        ids[body.blob] = PackThreadIdsOfHeader(*header);
      }
    }
  }
  return ids;
}

absl::Status TooManyHeaders() {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                        "too many messages to put in order");
}

// Reads blocks of rows, each in a thread of the pool.
class BlockLoader {
 public:
  // `most`: octets of all blocks.
  BlockLoader(Store& store, AccountId account, std::vector<MessageRow> rows,
              std::shared_ptr<HeaderBlock> first, const std::function<bool()>& cancelled,
              HeaderParts parts = HeaderParts::All(), size_t most = SIZE_MAX)
      : store_(store),
        account_(account),
        rows_(std::move(rows)),
        cancelled_(cancelled),
        parts_(parts),
        most_(most) {
    size_t at = std::min(rows_.size(), HeaderBlock::kFull - first->size());
    starts_.push_back(0);
    blocks_.push_back(std::move(first));
    for (; at < rows_.size(); at += HeaderBlock::kFull) {
      starts_.push_back(at);
      blocks_.push_back(std::make_shared<HeaderBlock>(parts_));
    }
    starts_.push_back(rows_.size());
  }

  size_t count() const { return blocks_.size(); }
  std::vector<std::shared_ptr<HeaderBlock>> Take() { return std::move(blocks_); }

  asio::awaitable<absl::Status> Block(size_t n) {
    if (cancelled_()) {
      co_return absl::CancelledError("the headers are not waited for");
    }
    auto load = [this, n](Connection& connection) { return Load(connection, n); };
    auto grown = co_await store_.bodies().Run(std::move(load));
    if (grown.ok()) {
      blocks_[n] = *std::move(grown);
      bytes_ += blocks_[n]->Bytes();
    }
    co_return bytes_ <= most_ ? grown.status() : TooManyHeaders();
  }

 private:
  // A copy with the rows of block n behind what it has: it may be tried twice.
  absl::StatusOr<std::shared_ptr<HeaderBlock>> Load(Connection& connection, size_t n) const {
    const absl::Span<const MessageRow> rows =
        absl::MakeConstSpan(rows_).subspan(starts_[n], starts_[n + 1] - starts_[n]);
    absl::flat_hash_map<BlobId, std::shared_ptr<const BlobMetadata>> found;
    std::vector<BlobId> missing;
    for (const MessageRow& row : rows) {
      auto& metadata = found[row.blob];
      if (metadata == nullptr) {
        metadata = store_.messages().FindMetadata({account_, row.blob});
      }
      if (metadata == nullptr) {
        missing.push_back(row.blob);
      }
    }
    if (!missing.empty()) {
      for (BlobMetadata& metadata : LoadBlobMetadata(connection, account_, missing)) {
        const BlobId blob = metadata.blob;
        found[blob] = std::make_shared<const BlobMetadata>(std::move(metadata));
      }
    }
    std::vector<BlobId> without_ids;
    for (const auto& [blob, metadata] : found) {
      if (parts_.thread_ids() && metadata != nullptr && !HasThreadIds(metadata->envelope)) {
        without_ids.push_back(blob);
      }
    }
    const auto ids = LoadThreadIds(connection, account_, without_ids);
    auto block = std::make_shared<HeaderBlock>(*blocks_[n]);
    for (const MessageRow& row : rows) {
      const auto& metadata = found[row.blob];
      const auto own = ids.find(row.blob);
      block->Append(row.uid.value(), metadata == nullptr ? absl::string_view() : metadata->envelope,
                    own == ids.end() ? absl::string_view() : own->second);
    }
    return block;
  }

  Store& store_;
  const AccountId account_;
  const std::vector<MessageRow> rows_;
  const std::function<bool()>& cancelled_;
  const HeaderParts parts_;
  const size_t most_;
  size_t bytes_ = 0;
  std::vector<size_t> starts_;  // of each block in rows_, and the end
  std::vector<std::shared_ptr<HeaderBlock>> blocks_;
};

std::vector<MessageRow> Behind(absl::Span<const MessageRow> rows, uint32_t uid) {
  const auto first = std::partition_point(
      rows.begin(), rows.end(), [uid](const MessageRow& row) { return row.uid.value() <= uid; });
  return {first, rows.end()};
}

}  // namespace

bool KeepsHeaders(const Store& store, size_t messages) {
  return messages * kBytesEach <= store.options().header_cache_bytes;
}

asio::awaitable<absl::StatusOr<LoadedHeaders>> LoadHeaderKeys(
    Store& store, AccountId account, std::vector<MessageRow> rows, HeaderParts parts,
    const std::function<bool()>& cancelled) {
  const size_t each = kKeyBytesEach + kTextBytesEach * parts.texts() +
                      (parts.thread_ids() ? kThreadIdBytesEach : 0);
  const size_t most = std::max(store.header_budget().total(), kLeastKeyBytes);
  if (rows.size() * each > most) {
    co_return TooManyHeaders();
  }
  auto lease = co_await store.header_budget().Acquire(rows.size() * each);
  if (!lease.ok()) {
    co_return lease.status();
  }
  BlockLoader loader(store, account, std::move(rows), std::make_shared<HeaderBlock>(parts),
                     cancelled, parts, most);
  const absl::Status status = co_await InLanes(loader.count(), kLanes, loader);
  if (!status.ok()) {
    co_return status;
  }
  auto columns = std::make_shared<HeaderColumns>();
  columns->Append(loader.Take());
  co_return LoadedHeaders{std::move(columns), *std::move(lease)};
}

asio::awaitable<absl::StatusOr<LoadedHeaders>> LoadHeaders(Store& store,
                                                           const MailboxState& mailbox,
                                                           const std::vector<MessageRow>& all,
                                                           absl::Span<const MessageRow> wanted,
                                                           const std::function<bool()>& cancelled) {
  std::shared_ptr<const HeaderColumns> cached = store.headers().Get(mailbox.key);
  if (cached == nullptr || cached->uidvalidity != mailbox.uidvalidity) {
    auto none = std::make_shared<HeaderColumns>();
    none->uidvalidity = mailbox.uidvalidity;
    cached = std::move(none);
  }
  std::vector<MessageRow> missing = Behind(wanted, cached->last_uid());
  if (missing.empty()) {
    co_return LoadedHeaders{std::move(cached), {}};
  }
  std::vector<MessageRow> all_missing = Behind(all, cached->last_uid());
  const bool keep = missing.size() >= all_missing.size() / 4 && KeepsHeaders(store, all.size());
  if (keep) {
    missing = std::move(all_missing);
  }
  auto lease = co_await store.header_budget().Acquire(missing.size() * kBytesEach);
  if (!lease.ok()) {
    co_return lease.status();
  }
  auto grown = std::make_shared<HeaderColumns>(*cached);
  BlockLoader loader(store, mailbox.key.account, std::move(missing), grown->TakeShortBlock(),
                     cancelled);
  const absl::Status status = co_await InLanes(loader.count(), kLanes, loader);
  if (!status.ok()) {
    co_return status;
  }
  grown->Append(loader.Take());
  if (keep) {
    store.headers().Put(mailbox.key, grown, grown->Bytes());
    co_return LoadedHeaders{std::move(grown), {}};
  }
  co_return LoadedHeaders{std::move(grown), *std::move(lease)};
}

}  // namespace posthorn::store
