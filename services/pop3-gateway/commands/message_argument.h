// The check that every command with a message number makes.
#pragma once

#include <cstdint>

namespace posthorn::pop3 {

class Session;

// True if the maildrop has the message; answers the command otherwise.
bool RequireMessage(Session& session, uint32_t message);

}  // namespace posthorn::pop3
