// Filtering of the message of a session: from its transaction to what filters are told, and back.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "smtp-gateway/filter/held_message.h"
#include "smtp-gateway/session/message_receiver.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

// What filters are told of the session.
filter::Client ClientOf(const Session& session);

// Whether mail of this session is filtered. LMTP is not: the MTA in front does that.
bool IsFiltered(const Session& session);

// RFC 8601 5: on MX, the header without results that claim to be ours. OUT_OF_RANGE if it is longer
// than what is held in memory.
absl::StatusOr<std::string> WithoutForgedResults(absl::string_view header,
                                                 absl::string_view hostname);

// Runs the filters over the message. The recipients and the reverse-path of the transaction are
// afterwards what they made of them.
asio::awaitable<MessageReceiver::Filtered> FilterMessage(Session& session,
                                                         filter::HeldMessage& message);

}  // namespace posthorn::smtp
