// What all gateways together know of clients (policy.proto), asked where it may refuse something.
// Without an answer the client passes: these are guards against abuse, not of anybody's mail.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "smtp-gateway/reply/reply.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

// Counts the message of the transaction and its recipients against the limits of the hour, of the
// user or of the client's address; a refusal if there were too many. Asks nobody without a limit.
asio::awaitable<std::optional<Reply>> CheckRates(Session& session);

// On MX with greylisting: a refusal while the triplet of client network, sender and recipient
// waits.
asio::awaitable<std::optional<Reply>> CheckGreylist(Session& session, const Recipient& recipient);

// On MX: a refusal if the client's address is on a list. The postmaster can be reached all the
// same. The text lives as long as the session.
asio::awaitable<std::optional<Reply>> CheckBlocklist(Session& session, const Recipient& recipient);

}  // namespace posthorn::smtp
