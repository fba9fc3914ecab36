// Text from the network in the form in which the queue keeps it. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::store {

// Valid UTF-8 of at most `most` octets, controls replaced by spaces, what is no UTF-8 by "?".
std::string CleanText(absl::string_view text, size_t most);
// Whether the text is valid UTF-8 of at most `most` octets, without controls.
bool IsCleanText(absl::string_view text, size_t most);
// "2.1.5" (RFC 3463 2), or what stands for its class if it is none.
std::string CleanStatusCode(absl::string_view code, char status_class);
// The domain of an address as sites and routes are named: lower-case A-labels, or a literal with
// its brackets; empty if there is none.
std::string DomainOf(absl::string_view address);
// Whether a recipient is an https URI: no mail address begins so.
bool IsHttpsUri(absl::string_view forward_path);

}  // namespace posthorn::store
