#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "imap-gateway/changes/change_hub.h"
#include "posthorn/v1/metadata.pb.h"

namespace posthorn::imap {

class Session;

// RFC 5464 4.4.2: which annotations others have changed since the client was told last: of the
// server, of the user's mailboxes and of those that others share with it. Belongs to the session's
// executor.
class MetadataNews {
 public:
  // `session` outlives it.
  explicit MetadataNews(Session& session);

  // There may be something to tell. The feed may lose a hint: LookAgain.
  bool pending() const { return pending_; }
  void LookAgain() { pending_ = true; }

  // Whether changes of this mailbox are told; the empty name is the server's.
  using Wanted = std::function<bool(const std::string& mailbox)>;
  // Reads what changed and tells it. The first time it only learns where to begin.
  asio::awaitable<absl::Status> Tell(Wanted wanted);
  // A SETMETADATA of this session made that version: it is no news.
  void AddOwn(const v1::MetadataVersion& version) {
    own_.emplace(version.account_id(), version.version());
  }

 private:
  // Account and what stands for its annotations, or for its list, in the feed.
  std::unique_ptr<Watch> MakeWatch(std::uint64_t account, std::uint32_t what);
  void Learn(const v1::ListMetadataChangesResponse& response);

  Session& session_;
  bool pending_ = true;
  std::map<std::uint64_t, std::uint64_t> known_;             // versions by account
  std::set<std::pair<std::uint64_t, std::uint64_t>> own_;    // accounts with versions
  std::map<std::uint64_t, std::unique_ptr<Watch>> watches_;  // by account
  std::vector<std::unique_ptr<Watch>> shares_;  // told when others begin or end to share
};

// What a session that enabled METADATA is told within a command. `look`: whether the feed said that
// there is something or not. NOTIFY tells by itself, and what it was asked for.
asio::awaitable<void> TellMetadataNews(Session& session, bool look);

}  // namespace posthorn::imap
