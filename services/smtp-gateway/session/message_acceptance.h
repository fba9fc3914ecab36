// From the envelope of a session to a message in the store: what DATA and BDAT share.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "smtp-gateway/session/message_receiver.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

// A receiver for the message of the session's transaction, with its trace header.
std::unique_ptr<MessageReceiver> BeginMessage(Session& session);

// Completes the message, replies, and ends the transaction. The reply is 250 only after mailstore
// has committed the message for all recipients.
asio::awaitable<void> FinishMessage(Session& session, MessageReceiver& message);

// Return-Path and Received for the message of the session's transaction.
std::string MakeTrace(Session& session);

// A message that was refused before its end is known gets one reply, on LMTP too (RFC 2033 4.3).
enum class Replies { kOne, kFinal };

// Replies to a message that was refused, and ends its transaction.
void RefuseMessage(Session& session, const MessageReceiver& message, Replies replies);

}  // namespace posthorn::smtp
