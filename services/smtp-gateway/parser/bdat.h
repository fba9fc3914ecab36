// The arguments of BDAT (RFC 3030 2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace posthorn::smtp {

struct BdatArguments {
  uint64_t size = 0;  // octets that follow the command line
  bool last = false;
};

// chunk-size [SP "LAST"]. Nothing on a syntax error: where the chunk ends is not known then, and
// what follows must not be read as commands.
std::optional<BdatArguments> ParseBdat(std::string_view arguments);

}  // namespace posthorn::smtp
