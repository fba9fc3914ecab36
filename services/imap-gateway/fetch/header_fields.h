#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace posthorn::imap {

// RFC 3501 6.4.5: the fields of `header` whose names are in `names` (or are not, with `exclude`),
// in their order with their folding, and the empty line that ends a header. Names are compared
// without case. Linear in the header.
std::string SelectHeaderFields(absl::string_view header, const std::vector<std::string>& names,
                               bool exclude);

}  // namespace posthorn::imap
