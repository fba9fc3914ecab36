#include "imap-gateway/commands/capability.h"

#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/command_table.h"
#include "imap-gateway/commands/handlers.h"

namespace posthorn::imap {

std::string CapabilityList(Session& session) {
  std::string list = "IMAP4rev1 LITERAL+";
  const bool logged_in = session.state() != kNotAuthenticated;
  for (const CommandRow& row : CommandTable()) {
    if (!row.capability.empty()) {
      absl::StrAppend(&list, " ", row.capability);
    }
  }
  absl::StrAppend(&list, " CHILDREN SPECIAL-USE");
  if (logged_in) {
    return list;
  }
  if (!session.stream().is_tls()) {
    absl::StrAppend(&list, " STARTTLS");
  }
  // RFC 3501 6.2.3: no passwords in the clear.
  absl::StrAppend(&list, session.PasswordAllowed() ? " AUTH=PLAIN AUTH=LOGIN" : " LOGINDISABLED");
  return list;
}

Done RunCapability(Session& session, NoArguments) {
  absl::StrAppend(&session.out(), "* CAPABILITY ", CapabilityList(session), "\r\n");
  co_return Ok("Capability completed");
}

}  // namespace posthorn::imap
