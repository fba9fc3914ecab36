// From the envelope of a session to a message in the store: what DATA and BDAT share.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "smtp-gateway/session/message_receiver.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

// A receiver for the message of the session's transaction, with its trace header.
std::unique_ptr<MessageReceiver> BeginMessage(Session& session);

// Completes the message, replies, and ends the transaction. The reply is 250 only after mailstore
// has committed the message for all recipients.
asio::awaitable<void> FinishMessage(Session& session, MessageReceiver& message);

// Ends the transaction of a message that was refused.
void RefuseMessage(Session& session, const Reply& reply);

}  // namespace posthorn::smtp
