// Reverse and forward paths (RFC 5321 4.1.2, RFC 6531 3.3).
#pragma once

#include <string>
#include <string_view>

#include "mail/mailbox_address.h"

namespace posthorn::smtp {

struct Path {
  bool null = false;             // "<>" (RFC 5321 4.5.5)
  mail::MailboxAddress address;  // empty for the null path
  std::string text;              // the mailbox as the client wrote it, without source route
};

enum class PathError { kNone, kSyntax, kTooLong };

// Takes "<...>" off the front of `input`. RFC 5321 4.1.1.3, F.2: a source route is read and
// ignored. Quoted local parts may hold '>' and ' '. What follows the path is left in `input`,
// without its leading space; anything but a space or the end there is a syntax error.
PathError ParsePath(std::string_view* input, Path* path);

}  // namespace posthorn::smtp
