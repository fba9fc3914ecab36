#include "mailstore/delivery/incoming_body.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/status.h"
#include "mailstore/batch/apply.h"
#include "mailstore/db/transaction.h"
#include "mailstore/outbound/queue_id.h"
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

// Random, above all that accounts count up to. A counter would give out again what a crash took
// back, and pieces of two messages would meet under one id.
// Ids of the queue have 48 bits.
BlobId NewUploadId(AccountId account) {
  const bool queue = IsQueueAccount(account);
  const int64_t first = queue ? kQueueBlobEnd / 2 : int64_t{1} << 62;
  const int64_t end = queue ? kQueueBlobEnd : std::numeric_limits<int64_t>::max();
  absl::BitGen random;
  return BlobId(absl::Uniform<int64_t>(random, first, end));
}

absl::Status InsertUpload(Connection& connection, BlobKey key, bool first,
                          const std::vector<BodyChunk>& chunks) {
  Transaction transaction(connection);
  if (first) {
    const int64_t due_at = absl::ToUnixSeconds(absl::Now()) + kUploadLifetime;
    if (!BeginUpload(transaction, key, due_at)) {
      return rpc::MakeError(absl::StatusCode::kNotFound, ErrorDetail::REASON_UNKNOWN_RECIPIENT,
                            "no such account");
    }
  } else if (!HoldUpload(transaction, key)) {
    return UploadIsLost();
  }
  InsertChunks(transaction, key, chunks);
  transaction.Commit();
  return absl::OkStatus();
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
  const bool first = uploaded_.empty();
  if (first) {
    std::transform(accounts_.begin(), accounts_.end(), std::back_inserter(uploaded_), NewUploadId);
  }
  const auto chunks = std::make_shared<std::vector<BodyChunk>>(std::move(pieces));
  for (size_t i = 0; i < accounts_.size(); ++i) {
    const BlobKey key{accounts_[i], uploaded_[i]};
    auto insert = [key, first, chunks](Connection& connection) {
      return InsertUpload(connection, key, first, *chunks);
    };
    const absl::Status status = co_await store_.bodies().Run(std::move(insert));
    // No part of a message is visible: an unknown outcome is a failure here.
    if (rpc::ReasonOf(status) == ErrorDetail::REASON_OUTCOME_UNKNOWN) {
      co_return rpc::MakeError(absl::StatusCode::kUnavailable,
                               ErrorDetail::REASON_STORE_UNAVAILABLE, status.message());
    }
    if (!status.ok()) {
      co_return status;
    }
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
