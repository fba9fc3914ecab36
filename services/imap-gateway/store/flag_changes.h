#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// Changes flags in the selected mailbox and remembers that it was this session that did, so that
// the change is not told it as somebody else's. New keywords are told the client at once.
asio::awaitable<absl::Status> StoreFlags(Session& session, v1::StoreFlagsRequest& request,
                                         v1::StoreFlagsResponse& response);

}  // namespace posthorn::imap
