#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// Does one command and appends its tagged response, with what else the client is to be told before
// it. `text` as CommandReader leaves it.
asio::awaitable<Completion::Kind> Dispatch(Session& session, const std::string& text);

// Whether the command may be done while a search is under way, which it neither changes nor uses.
bool NeedsNoOrder(const std::string& text);

// A command's name in upper case, "UID" and the next word together, with the space behind it.
std::string ReadCommandName(Scanner& scanner);

}  // namespace posthorn::imap
