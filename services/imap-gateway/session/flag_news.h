// Flag changes that a session has read and not yet told its client: of each message the newest.
#pragma once

#include <cstdint>
#include <map>

namespace posthorn::imap {

class FlagNews {
 public:
  struct State {
    std::uint32_t flags;
    std::uint64_t keywords;
    std::uint64_t modseq;
  };
  using ByUid = std::map<std::uint32_t, State>;

  // Keeps `state` to be told, unless something newer is to be told of this message.
  void Add(std::uint32_t uid, const State& state) {
    const auto [known, added] = news_.try_emplace(uid, state);
    if (!added && known->second.modseq <= state.modseq) {
      known->second = state;
    }
  }

  // The client is told this state of the message by a response: what is older would undo it.
  void Told(std::uint32_t uid, std::uint64_t modseq) {
    const auto known = news_.find(uid);
    if (known != news_.end() && known->second.modseq <= modseq) {
      news_.erase(known);
    }
  }

  // The message has a new state that the client is not told; if it is to be told of the message, it
  // is to be told this.
  void Renew(std::uint32_t uid, const State& state) {
    const auto known = news_.find(uid);
    if (known != news_.end() && known->second.modseq <= state.modseq) {
      known->second = state;
    }
  }

  void Clear() { news_.clear(); }
  // All, by UID; none are left.
  ByUid Take() {
    ByUid all;
    all.swap(news_);
    return all;
  }

 private:
  ByUid news_;
};

}  // namespace posthorn::imap
