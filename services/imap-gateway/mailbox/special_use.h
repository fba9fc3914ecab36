#pragma once

#include "absl/strings/string_view.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::imap {

// The mailbox attributes of RFC 6154 2, with their backslashes; empty for none.
absl::string_view SpecialUseName(v1::SpecialUse use);
// Without regard to case; SPECIAL_USE_NONE for one that is not known.
v1::SpecialUse SpecialUseOf(absl::string_view name);

}  // namespace posthorn::imap
