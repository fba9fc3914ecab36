#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "imap-gateway/parser/select_arguments.h"
#include "imap-gateway/session/change_reader.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// What a client that comes back has missed of a mailbox just opened, up to the state in which it
// was opened (RFC 7162 3.2.5). Later changes are told behind it, as to any session.
class Resync {
 public:
  Resync(Session& session, ResyncArguments arguments);

  // Reads it, or its beginning. NotFound if the mailbox is gone meanwhile.
  asio::awaitable<absl::Status> Read();
  // VANISHED (EARLIER), then FETCH of what changed, of which it reads the rest.
  asio::awaitable<absl::Status> Tell();

 private:
  NumberRanges Vanished() const;
  asio::awaitable<void> TellChanged();

  Session& session_;
  const ResyncArguments arguments_;
  const NumberRanges known_;  // UIDs that the client may know
  ChangeReader changes_;
};

// RFC 7162 3.2.6: tells with VANISHED (EARLIER) which UIDs of the set were removed since, but for
// those that the session has still to be told of: they are told before the tagged response.
asio::awaitable<absl::Status> TellVanishedSince(Session& session, SequenceSet set,
                                                std::uint64_t since);

// The UID up to which nothing was removed, 0 if it cannot be told: the last pair that is a message
// of the view still (RFC 7162 3.2.5.2).
std::uint32_t LastMatch(const View& view, const NumberRanges& numbers, const NumberRanges& uids);

}  // namespace posthorn::imap
