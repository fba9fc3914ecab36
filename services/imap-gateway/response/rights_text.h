#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::imap {

// Rights of RFC 4314 as they are told: with c and d for clients of RFC 2086, where a right is among
// them that one of these stands for (RFC 4314 2.1.1). A quoted string if there are none.
void AppendRights(std::string& out, absl::string_view rights);

}  // namespace posthorn::imap
