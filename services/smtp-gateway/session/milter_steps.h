// The milters of a session are told of its commands before these are answered. Without milters all
// of it does nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string_view>

#include "smtp-gateway/filter/verdict.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

// What a milter says in place of us, if one refuses.
using MilterRefusal = std::optional<filter::Verdict>;

// A client, or another one (XCLIENT).
asio::awaitable<MilterRefusal> TellConnect(Session& session);
asio::awaitable<MilterRefusal> TellHello(Session& session);
// `address` is as it goes out; `parameters` are what the client wrote behind the path.
asio::awaitable<MilterRefusal> TellMail(Session& session, std::string_view address,
                                        std::string_view parameters);
asio::awaitable<MilterRefusal> TellRecipient(Session& session, std::string_view address,
                                             std::string_view parameters);
asio::awaitable<MilterRefusal> TellData(Session& session);
asio::awaitable<void> EndMilters(Session& session);

// 421 ends the session (RFC 5321 3.8).
void SendRefusal(Session& session, const filter::Verdict& refusal);
// In place of the greeting, which may be 554 or 421 only (RFC 5321 4.3.2).
void RefuseClient(Session& session, const filter::Verdict& refusal);

}  // namespace posthorn::smtp
