// Names of queued messages. Their bodies belong to sixteen accounts that are nobody's; the queue id
// that the contract and the log know is the account's number and the blob's id in one.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "mailstore/ids.h"

namespace posthorn::store {

inline constexpr uint64_t kFirstQueueAccount = uint64_t{1} << 62;
inline constexpr uint64_t kQueueAccounts = 16;
// Ids of bodies in the queue are below it. Those from half of it on are of uploads.
inline constexpr int64_t kQueueBlobEnd = int64_t{1} << 48;

inline bool IsQueueAccount(AccountId account) {
  return account.value() >= kFirstQueueAccount &&
         account.value() < kFirstQueueAccount + kQueueAccounts;
}

// Which of them a message goes to, by the random octets of its key: not empty.
inline AccountId QueueAccountOf(absl::string_view key) {
  return AccountId(kFirstQueueAccount + static_cast<uint8_t>(key.front()) % kQueueAccounts);
}

inline uint64_t ToQueueId(BlobKey key) {
  return (key.account.value() - kFirstQueueAccount) << 48 | static_cast<uint64_t>(key.blob.value());
}

// Nothing for a number that no message can have.
inline std::optional<BlobKey> FromQueueId(uint64_t id) {
  const uint64_t number = id >> 48;
  const auto blob = static_cast<int64_t>(id & static_cast<uint64_t>(kQueueBlobEnd - 1));
  if (number >= kQueueAccounts || blob == 0) {
    return std::nullopt;
  }
  return BlobKey{AccountId(kFirstQueueAccount + number), BlobId(blob)};
}

}  // namespace posthorn::store
