// RFC 5256 2.1: subjects without what replies and lists put around them.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

struct BaseSubject {
  std::string text;
  // "Re:", "Fwd:", "(fwd)" or "[fwd: ...]" has been taken away.
  bool is_reply = false;
};

// Of a subject in UTF-8, decoded and unfolded. Linear time.
BaseSubject ExtractBaseSubject(absl::string_view subject);

}  // namespace posthorn::mail
