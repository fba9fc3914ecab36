#include <algorithm>
#include <memory>
#include <string>

#include "mailstore/message/body_reader.h"
#include "mailstore/outbound/carried_octets.h"
#include "mailstore/outbound/claim_rows.h"
#include "mailstore/outbound/outbound_service.h"
#include "mailstore/outbound/queue_id.h"

namespace posthorn::store {

namespace {

constexpr uint64_t kMostFrame = 256 << 10;
// What a message takes while its reader is slow: a window of it, and frames on their way.
constexpr uint64_t kLeastMemory = 64 << 10;
constexpr uint64_t kMostMemory = BodyReader::kWindow + 2 * kMostFrame;

absl::Status Gone() { return absl::NotFoundError("the message has left the queue"); }

}  // namespace

OutboundService::Outcome OutboundService::DoFetch(uint64_t message_id, Stream& stream) {
  const std::optional<BlobKey> key = FromQueueId(message_id);
  if (!key.has_value()) {
    co_return Gone();
  }
  auto find = [key = *key](Connection& connection) { return LoadSignatures(connection, key); };
  absl::StatusOr<std::optional<std::string>> signatures =
      co_await store_.outbound().Run(std::move(find));
  if (!signatures.ok() || !signatures->has_value()) {
    co_return signatures.ok() ? Gone() : signatures.status();
  }
  BodyReader reader(store_, key->account);
  const BlobId blobs[] = {key->blob};
  if (const absl::Status status = co_await reader.Load(blobs); !status.ok()) {
    co_return status;
  }
  const std::shared_ptr<const BlobBody> body = reader.Find(key->blob);
  if (body == nullptr) {
    co_return Gone();
  }
  const auto lease = co_await store_.read_budget().Acquire(
      std::min(kMostMemory, kLeastMemory + 2 * uint64_t{body->size}));
  if (!lease.ok()) {
    co_return lease.status();
  }
  v1::FetchQueuedResponse frame;
  frame.set_data(**std::move(signatures));
  for (uint64_t next = 0; next < body->size;) {
    const absl::StatusOr<std::string> window = co_await reader.Read(*body, next, body->size);
    if (!window.ok()) {
      co_return window.status();
    }
    size_t sent = next == 0 ? ReturnPathOctets(*window) : 0;
    next += window->size();
    while (sent < window->size()) {
      const size_t room = kMostFrame - std::min<size_t>(kMostFrame / 2, frame.data().size());
      frame.mutable_data()->append(*window, sent, room);
      sent += std::min(room, window->size() - sent);
      if (!co_await stream.Write(frame)) {
        co_return absl::CancelledError("the worker is gone");
      }
      frame.clear_data();
    }
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
