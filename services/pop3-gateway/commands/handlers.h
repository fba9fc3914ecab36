// The handlers of all commands, each in the file of its command.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "pop3-gateway/protocol/arguments.h"

namespace posthorn::pop3 {

class Session;

boost::asio::awaitable<void> HandleAuth(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleCapa(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleDele(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleList(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleNoop(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandlePass(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleQuit(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleRetr(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleRset(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleStat(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleStls(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleTop(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleUidl(Session& session, Arguments arguments);
boost::asio::awaitable<void> HandleUser(Session& session, Arguments arguments);

}  // namespace posthorn::pop3
