#include "mailstore/outbound/carried_octets.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "mailstore/message/body_reader.h"
#include "mailstore/outbound/claim_rows.h"
#include "mailstore/outbound/queue_id.h"

namespace posthorn::store {
namespace {

// Of one answer; gRPC takes four times as much.
constexpr uint64_t kMostInAll = 1 << 20;

using Messages = std::map<AccountId, std::vector<v1::QueuedMessage*>>;

// Those that are carried, by the account that has their bodies; the others lose what they have.
Messages Choose(v1::Work& work, uint64_t* octets) {
  Messages chosen;
  for (v1::QueuedMessage& message : *work.mutable_messages()) {
    const std::optional<BlobKey> key = FromQueueId(message.message_id());
    const uint64_t size = message.size() + message.octets().size();
    if (key.has_value() && message.size() <= kMostCarried && *octets + size <= kMostInAll) {
      *octets += size;
      chosen[key->account].push_back(&message);
    } else {
      message.clear_octets();
    }
  }
  return chosen;
}

// False: without its body it must be fetched, which tells why.
boost::asio::awaitable<bool> Complete(BodyReader& reader, v1::QueuedMessage& message) {
  const std::shared_ptr<const BlobBody> body = reader.Find(FromQueueId(message.message_id())->blob);
  if (body == nullptr || body->size > kMostCarried) {
    co_return false;
  }
  const absl::StatusOr<std::string> octets = co_await reader.Read(*body, 0, body->size);
  if (!octets.ok() || octets->size() != body->size) {
    co_return false;
  }
  message.mutable_octets()->append(*octets, ReturnPathOctets(*octets), std::string::npos);
  co_return true;
}

}  // namespace

size_t ReturnPathOctets(absl::string_view start) {
  if (!absl::StartsWith(start, "Return-Path: <")) {
    return 0;
  }
  const size_t end = start.find("\r\n");
  return end == absl::string_view::npos ? 0 : end + 2;
}

boost::asio::awaitable<void> CarryOctets(Store& store, v1::Work& work) {
  uint64_t octets = 0;
  const Messages chosen = Choose(work, &octets);
  // What is read, and what is made of it.
  const auto lease = co_await store.read_budget().Acquire(2 * octets);
  for (const auto& [account, messages] : chosen) {
    std::vector<BlobId> blobs;
    for (const v1::QueuedMessage* message : messages) {
      blobs.push_back(FromQueueId(message->message_id())->blob);
    }
    BodyReader reader(store, account);
    const bool loaded = lease.ok() && (co_await reader.Load(blobs)).ok();
    for (v1::QueuedMessage* message : messages) {
      const bool complete = loaded && co_await Complete(reader, *message);
      if (!complete) {
        message->clear_octets();
      }
    }
  }
}

}  // namespace posthorn::store
