#pragma once

#include <string>
#include <vector>

#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/parser/arguments.h"
#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

inline constexpr std::size_t kMaxListPatterns = 100;

// RFC 3501 6.3.8 with the options of RFC 5258, RFC 6154 (SPECIAL-USE), RFC 5819 (STATUS),
// RFC 8440 (MYRIGHTS) and RFC 9590 (METADATA).
struct ListArguments {
  struct Select {
    bool subscribed = false;
    bool remote = false;  // there is none: without effect
    bool recursive_match = false;
    bool special_use = false;
  };
  struct Return {
    bool subscribed = false;
    bool children = false;
    bool special_use = false;
    bool my_rights = false;
    std::vector<StatusItem> status;     // empty: not asked for
    std::vector<std::string> metadata;  // entries
  };
  Select select;
  std::string reference;
  std::vector<std::string> patterns;                 // as written
  NameEncoding names = NameEncoding::kModifiedUtf7;  // how: the session's, set by the command
  bool extended = false;  // any of the forms that RFC 5258 added was used
  Return returned;
};

ListArguments ParseList(Scanner& scanner);
// RFC 3501 6.3.9: the plain form only.
ListArguments ParseLsub(Scanner& scanner);

}  // namespace posthorn::imap
