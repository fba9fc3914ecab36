#pragma once

#include <chrono>

#include "imap-gateway/commands/command.h"

namespace posthorn::imap {

// posthorn_imap_commands_total{command,result} and posthorn_imap_command_seconds{command}.
void CountCommand(const CommandRow& row, Completion::Kind kind,
                  std::chrono::steady_clock::duration took);
// Under command="unknown": what clients make up is no label.
void CountUnknownCommand();

}  // namespace posthorn::imap
