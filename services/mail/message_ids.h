// Message ids as threads compare them (RFC 5256 3, REFERENCES).
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

// The valid ids, "<left@right>", in a Message-ID, In-Reply-To or References value, in order,
// without their brackets and the quoting of the left side. What is no id is passed over. Linear
// time.
std::vector<std::string> MessageIds(absl::string_view value);

}  // namespace posthorn::mail
