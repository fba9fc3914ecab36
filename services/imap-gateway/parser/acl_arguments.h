#pragma once

#include <string>

#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// The commands of RFC 4314 3.

enum class RightsChange { kReplace, kAdd, kRemove };

struct SetAclArguments {
  std::string mailbox;
  std::string identifier;
  RightsChange change = RightsChange::kReplace;
  // Letters of RFC 4314 2.1; c and d of RFC 2086 are replaced by what they stand for.
  std::string rights;
};
SetAclArguments ParseSetAcl(Scanner& scanner);

struct AclArguments {
  std::string mailbox;
  std::string identifier;
};
// DELETEACL, LISTRIGHTS.
AclArguments ParseAclIdentifier(Scanner& scanner);

}  // namespace posthorn::imap
