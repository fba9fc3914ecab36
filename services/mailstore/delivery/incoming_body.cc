#include "mailstore/delivery/incoming_body.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/status.h"
#include "mailstore/db/transaction.h"
#include "mailstore/storage/account_rows.h"
#include "mailstore/storage/blob_rows.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;
using v1::ErrorDetail;

constexpr size_t kUploadAt = 384 << 10;
// Each account gets rows of its own: more than this in all goes to the database before the batch.
constexpr size_t kUploadAllAt = 4 << 20;
// What a gateway may add to a message just within the limit: trace fields (RFC 5321 4.4).
constexpr uint64_t kTraceRoom = 8 << 10;
// A message that takes longer to arrive than this is lost; those left behind are deleted after it.
constexpr int64_t kUploadLifetime = 86'400;

absl::Status TooLarge() {
  return rpc::MakeError(absl::StatusCode::kInvalidArgument, ErrorDetail::REASON_TOO_LARGE,
                        "the message is larger than this server takes");
}

// Inserts chunks, and with the first ones reserves the id and marks it for deletion.
absl::StatusOr<BlobId> InsertUpload(Connection& connection, AccountId account, BlobId blob,
                                    const std::vector<BodyChunk>& chunks) {
  Transaction transaction(connection);
  if (blob.value() == 0) {
    blob = BlobId(ReserveBlobs(transaction, account, 1));
    if (blob.value() == 0) {
      return rpc::MakeError(absl::StatusCode::kNotFound, ErrorDetail::REASON_UNKNOWN_RECIPIENT,
                            "no such account");
    }
    const BlobKey key{account, blob};
    DiscardBlobs(transaction, {&key, 1}, absl::ToUnixSeconds(absl::Now()) + kUploadLifetime);
  }
  InsertChunks(transaction, {account, blob}, chunks);
  transaction.Commit();
  return blob;
}

}  // namespace

size_t IncomingBody::MemoryFor(uint64_t size) {
  // Octets of the last frame, what waits for the upload twice (as chunks and as a parameter), and
  // the scanner's result. A size that is announced too small makes the budget wrong by less than
  // that.
  constexpr uint64_t kMost = 1 << 20;
  constexpr uint64_t kLeast = 64 << 10;
  return size == 0 ? kMost : std::min(kMost, kLeast + 2 * size);
}

asio::awaitable<absl::Status> IncomingBody::Feed(absl::string_view octets) {
  if (writer_.size() + octets.size() > store_.options().max_message_bytes + kTraceRoom) {
    co_return TooLarge();
  }
  writer_.Feed(octets);
  if (!UploadIsDue()) {
    co_return absl::OkStatus();
  }
  co_return co_await Upload(writer_.TakeChunks());
}

bool IncomingBody::UploadIsDue() const {
  const size_t bytes = writer_.chunk_bytes();
  return bytes >= kUploadAt || bytes * accounts_.size() >= kUploadAllAt;
}

asio::awaitable<absl::Status> IncomingBody::Upload(std::vector<BodyChunk> pieces) {
  uploaded_.resize(accounts_.size());
  const auto chunks = std::make_shared<std::vector<BodyChunk>>(std::move(pieces));
  for (size_t i = 0; i < accounts_.size(); ++i) {
    auto insert = [account = accounts_[i], blob = uploaded_[i], chunks](Connection& connection) {
      return InsertUpload(connection, account, blob, *chunks);
    };
    absl::StatusOr<BlobId> blob = co_await store_.bodies().Run(std::move(insert));
    if (!blob.ok()) {
      // No part of a message is visible: an unknown outcome is a failure here.
      if (rpc::ReasonOf(blob.status()) == ErrorDetail::REASON_OUTCOME_UNKNOWN) {
        co_return rpc::MakeError(absl::StatusCode::kUnavailable,
                                 ErrorDetail::REASON_STORE_UNAVAILABLE, blob.status().message());
      }
      co_return blob.status();
    }
    uploaded_[i] = *blob;
  }
  co_return absl::OkStatus();
}

std::shared_ptr<const StoredMessage> IncomingBody::Finish() {
  return std::make_shared<const StoredMessage>(writer_.Finish());
}

asio::awaitable<absl::StatusOr<std::shared_ptr<const StoredMessage>>>
IncomingBody::FinishSpilled() {
  const auto message = std::make_shared<StoredMessage>(writer_.Finish());
  if (message->in_row) {
    // A body that fits a row has the octets of one chunk at most.
    message->chunks.push_back({.start = 0,
                               .plain_size = static_cast<int32_t>(message->size),
                               .codec = std::exchange(message->codec, Codec::kPlain),
                               .data = std::exchange(message->body, {})});
    message->in_row = false;
  }
  const absl::Status status = co_await Upload(std::exchange(message->chunks, {}));
  if (!status.ok()) {
    co_return status;
  }
  co_return message;
}

BlobId IncomingBody::uploaded(AccountId account) const {
  for (size_t i = 0; i < uploaded_.size(); ++i) {
    if (accounts_[i] == account) {
      return uploaded_[i];
    }
  }
  return BlobId();
}

}  // namespace posthorn::store
