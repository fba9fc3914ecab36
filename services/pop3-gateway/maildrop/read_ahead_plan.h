// Which messages to ask the store for when one is retrieved. Pure.
//
// A client that empties its maildrop retrieves messages in order. The window begins with the one
// message asked for, so that a client which picks single messages costs nothing more, and grows
// fourfold with each batch that follows in order.
#pragma once

#include <cstdint>
#include <vector>

#include "pop3-gateway/maildrop/maildrop.h"

namespace posthorn::pop3 {

class ReadAheadPlan {
 public:
  // No batch is over these, but for one that is a single large message.
  static constexpr uint32_t kMaxBatchMessages = 128;
  static constexpr uint64_t kMaxBatchOctets = uint64_t{256} * 1024;

  // The client asked for a message out of order: the window is one message again.
  void Restart() { window_ = 1; }
  // Message numbers, ascending from the first that the maildrop Has() at or after `from`; the batch
  // after this one may be larger. Empty at the end of the maildrop.
  std::vector<uint32_t> NextBatch(const Maildrop& maildrop, uint32_t from);

 private:
  uint32_t window_ = 1;
};

}  // namespace posthorn::pop3
