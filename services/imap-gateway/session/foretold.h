// Changes of flags that the feed told whole, kept until the client is told of them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "imap-gateway/changes/change.h"

namespace posthorn::imap {

class Foretold {
 public:
  // Keeps the change if it follows on what is kept, or on `known`, the MODSEQ that has been read,
  // if nothing is.
  void Add(const ChangePtr& change, std::uint64_t known);

  struct State {
    std::uint64_t modseq = 0;
    // What changed up to there, each message once and by UID, as it is then.
    v1::FlagColumns changed;
  };
  // How the mailbox came from `known` to a state of `wanted` or later, if that is kept. Keeps
  // nothing afterwards.
  std::optional<State> Take(std::uint64_t known, std::uint64_t wanted);

  void Clear() { changes_.clear(); }

 private:
  std::vector<ChangePtr> changes_;  // each begins where the one before it ends
};

}  // namespace posthorn::imap
