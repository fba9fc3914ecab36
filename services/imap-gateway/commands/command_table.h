#pragma once

#include <span>

#include "imap-gateway/commands/command.h"

namespace posthorn::imap {

// Every command, one row each.
std::span<const CommandRow> CommandTable();

// By name in upper case; nullptr if there is none.
const CommandRow* FindCommand(absl::string_view name);

}  // namespace posthorn::imap
