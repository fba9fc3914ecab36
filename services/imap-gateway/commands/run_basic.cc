// NOOP, CHECK, LOGOUT, ID, NAMESPACE: the commands that need no store of their own.
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/mailbox/listing.h"

namespace posthorn::imap {
namespace {
// Anybody can fill the log with the rest.
constexpr std::size_t kMaxLoggedId = 256;
}  // namespace

// The row's barrier does the work of both.
Done RunNoop(Session&, NoArguments) { co_return Ok("Noop completed"); }
Done RunCheck(Session&, NoArguments) { co_return Ok("Check completed"); }

Done RunLogout(Session& session, NoArguments) {
  session.Unselect();
  session.Logout();
  // RFC 3501 6.1.3: BYE comes before the tagged OK.
  absl::StrAppend(&session.out(), "* BYE Logging out\r\n");
  co_return Ok("Logout completed");
}

Done RunId(Session& session, IdArguments arguments) {
  if (session.FirstId()) {
    std::string client;
    for (const auto& [field, value] : arguments.fields) {
      absl::StrAppend(&client, client.empty() ? "" : " ", field, "=", value.value_or("NIL"));
    }
    log::Info("client", {{"session", session.id()}, {"id", client.substr(0, kMaxLoggedId)}});
  }
  absl::StrAppend(&session.out(),
                  "* ID (\"name\" \"Posthorn\" \"version\" \"" POSTHORN_VERSION "\")\r\n");
  co_return Ok("ID completed");
}

Done RunNamespace(Session& session, NoArguments) {
  absl::StrAppend(&session.out(), "* NAMESPACE ((\"\" \"/\")) ((\"", kOtherUsersName,
                  "/\" \"/\")) NIL\r\n");
  co_return Ok("Namespace completed");
}

}  // namespace posthorn::imap
