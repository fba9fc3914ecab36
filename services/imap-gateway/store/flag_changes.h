#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// What the client will be told by the caller: the new flags, or (.SILENT) nothing, so that it takes
// them to be what it knew with the change applied.
enum class NewFlags { kTold, kSilent };

// Changes flags in the selected mailbox and remembers that it was this session that did, so that
// the change is not told it as somebody else's; but for a silent one that may have fallen on a
// change of others that the client does not know of. New keywords are told the client at once.
asio::awaitable<absl::Status> StoreFlags(Session& session, v1::StoreFlagsRequest& request,
                                         NewFlags new_flags, v1::StoreFlagsResponse& response);

}  // namespace posthorn::imap
