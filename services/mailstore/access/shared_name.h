// Names of other users' mailboxes in a caller's own name space (RFC 2342):
// "Other Users/<address>/<mailbox>". Pure.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::store {

inline constexpr absl::string_view kOtherUsers = "Other Users";

struct SharedName {
  std::string address;  // of the owner, as written
  std::string mailbox;  // the owner's name for it; empty if the name ends with the address
};

// Whether the name belongs to that part of the name space: no mailbox of the caller's own has it.
bool IsSharedName(absl::string_view name);
// Nothing if it is not such a name, or names no owner.
std::optional<SharedName> ParseSharedName(absl::string_view name);
std::string MakeSharedName(absl::string_view address, absl::string_view mailbox);

}  // namespace posthorn::store
