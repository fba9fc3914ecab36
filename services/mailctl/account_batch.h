// The input of `account add --batch`.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::mailctl {

struct BatchLine {
  std::string address;
  std::string password;
};

// Lines "address<TAB>password"; the password is all that follows the first tab. Empty lines are
// skipped, CRLF is LF. InvalidArgument names the line that is none. Pure.
absl::StatusOr<std::vector<BatchLine>> ParseBatch(absl::string_view text);

}  // namespace posthorn::mailctl
