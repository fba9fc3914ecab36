#include "smtp-gateway/parser/bdat.h"

#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/parameters.h"

namespace posthorn::smtp {

std::optional<BdatArguments> ParseBdat(std::string_view arguments) {
  const size_t space = arguments.find(' ');
  const auto size = ParseOctetCount(arguments.substr(0, space));
  if (!size) {
    return std::nullopt;
  }
  BdatArguments parsed{*size, false};
  if (space != std::string_view::npos) {
    std::string_view rest = arguments.substr(space);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    if (!EqualsIgnoreCase(rest, "LAST")) {
      return std::nullopt;
    }
    parsed.last = true;
  }
  return parsed;
}

}  // namespace posthorn::smtp
