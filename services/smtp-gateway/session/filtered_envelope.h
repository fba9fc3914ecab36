// Recipients and senders that filters have changed.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "smtp-gateway/filter/held_message.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

// Makes the session's transaction follow from `before`, what filters were told, to `after`.
// Addresses that cannot be read, or where nobody is, are logged and left out. The status of
// mailstore if it cannot say who a recipient is.
asio::awaitable<absl::Status> ApplyEnvelope(Session& session, const filter::Envelope& before,
                                            const filter::Envelope& after);

}  // namespace posthorn::smtp
