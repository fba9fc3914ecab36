#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "imap-gateway/parser/select_arguments.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// What a client that comes back is told of a mailbox (RFC 7162 3.2.5).
struct Resynced {
  NumberRanges vanished;
  v1::FlagColumns changed;
};

// Reads what changed since the client looked last, and brings the session's view, of which nothing
// has been told yet, to the state that was read. NotFound if the mailbox is gone meanwhile.
asio::awaitable<absl::StatusOr<Resynced>> Resync(Session& session, ResyncArguments arguments);

// VANISHED (EARLIER), then FETCH of what changed.
asio::awaitable<void> TellResynced(Session& session, Resynced resynced);

// RFC 7162 3.2.6: tells with VANISHED (EARLIER) which UIDs of the set were removed since, but for
// those that the session has still to be told of: they are told before the tagged response.
asio::awaitable<absl::Status> TellVanishedSince(Session& session, SequenceSet set,
                                                std::uint64_t since);

// The UID up to which nothing was removed, 0 if it cannot be told: the last pair that is a message
// of the view still (RFC 7162 3.2.5.2).
std::uint32_t LastMatch(const View& view, const NumberRanges& numbers, const NumberRanges& uids);

}  // namespace posthorn::imap
