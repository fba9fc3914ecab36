// HELP (RFC 5321 4.1.1.8).
#include <string>

#include "absl/strings/str_cat.h"
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

std::string Verbs() {
  std::string verbs = "Commands:";
  for (const CommandRow& row : Commands()) {
    absl::StrAppend(&verbs, " ", absl::string_view(row.verb.data(), row.verb.size()));
  }
  return verbs;
}

}  // namespace

asio::awaitable<void> RunHelp(Session& session, std::string_view arguments) {
  const size_t command = FindCommand(arguments);
  if (command < Commands().size()) {
    session.Send(214, "2.0.0", Commands()[command].syntax);
  } else if (arguments.empty()) {
    session.Send(214, "2.0.0", Verbs());
  } else {
    session.Send({504, "5.5.4", "No help for that"});
  }
  co_return;
}

std::string HelpKeyword(const Session&) { return "HELP"; }

}  // namespace posthorn::smtp
