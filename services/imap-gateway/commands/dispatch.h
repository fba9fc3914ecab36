#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// Does one command and appends its tagged response, with what else the client is to be told before
// it. `text` as CommandReader leaves it.
asio::awaitable<Completion::Kind> Dispatch(Session& session, const std::string& text);

// A command's name in upper case, "UID" and the next word together, with the space behind it.
std::string ReadCommandName(Scanner& scanner);

}  // namespace posthorn::imap
