// ENVELOPEs as clients are told them, shared by all sessions of a gateway: those of the newest
// messages are asked for by every client that lists a mailbox.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "common/cache/byte_lru.h"

namespace posthorn::imap {

// Names a message for ever: neither mailbox ids nor UIDs are given out twice, and the octets of a
// message never change. Whether it is still there, and who may read it, is for the store to say.
struct MessageName {
  std::uint64_t account = 0;
  std::uint32_t mailbox = 0;
  std::uint32_t uid = 0;
  friend bool operator==(const MessageName&, const MessageName&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const MessageName& name) {
    return H::combine(std::move(state), name.account, name.mailbox, name.uid);
  }
};

// Thread-safe.
class EnvelopeCache {
 public:
  using Text = std::shared_ptr<const std::string>;

  explicit EnvelopeCache(std::size_t max_bytes) : texts_(max_bytes) {}

  // Null if it is not there.
  Text Find(const MessageName& name) { return texts_.Get(name); }
  Text Add(const MessageName& name, std::string text) {
    const auto added = std::make_shared<const std::string>(std::move(text));
    texts_.Put(name, added, added->size() + kOverhead);
    return added;
  }

 private:
  static constexpr std::size_t kOverhead = 160;  // octets of an entry beside its text

  ByteLru<MessageName, const std::string> texts_;
};

}  // namespace posthorn::imap
