// The rules of message_structure.h, as a check for tests and fuzzing.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "mail/message_structure.h"
#include "mail/mime_scanner.h"

namespace posthorn::mail {

// The first rule that the result of scanning `message` breaks, in words; empty if it keeps all.
std::string CheckStructure(const MessageStructure& structure, absl::string_view message,
                           const ScanLimits& limits);

// All of a structure as text, to compare two of them.
std::string DumpStructure(const MessageStructure& structure);

}  // namespace posthorn::mail
