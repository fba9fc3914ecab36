// The handlers named in the table; each stands in the file of its command.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "smtp-gateway/commands/table.h"

namespace posthorn::smtp {

asio::awaitable<void> RunAuth(Session& session, std::string_view arguments);
asio::awaitable<void> RunBdat(Session& session, std::string_view arguments);
asio::awaitable<void> RunData(Session& session, std::string_view arguments);
asio::awaitable<void> RunEhlo(Session& session, std::string_view arguments);
asio::awaitable<void> RunExpn(Session& session, std::string_view arguments);
asio::awaitable<void> RunHelo(Session& session, std::string_view arguments);
asio::awaitable<void> RunHelp(Session& session, std::string_view arguments);
asio::awaitable<void> RunMail(Session& session, std::string_view arguments);
asio::awaitable<void> RunNoop(Session& session, std::string_view arguments);
asio::awaitable<void> RunQuit(Session& session, std::string_view arguments);
asio::awaitable<void> RunRcpt(Session& session, std::string_view arguments);
asio::awaitable<void> RunRset(Session& session, std::string_view arguments);
asio::awaitable<void> RunStartTls(Session& session, std::string_view arguments);
asio::awaitable<void> RunVrfy(Session& session, std::string_view arguments);
asio::awaitable<void> RunXclient(Session& session, std::string_view arguments);

std::string AuthKeyword(const Session& session);
std::string BdatKeyword(const Session& session);
std::string HelpKeyword(const Session& session);
std::string StartTlsKeyword(const Session& session);
std::string XclientKeyword(const Session& session);

}  // namespace posthorn::smtp
