#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/search/search_context.h"
#include "imap-gateway/session/condstore.h"

namespace posthorn::imap {
namespace {

// RFC 7162 3.2.3: CONDSTORE is on then too.
bool UseQresync(Session& session) {
  UseCondstore(session);
  return !std::exchange(session.features().qresync, true);
}

// RFC 9586 3.
bool UseUidOnly(Session& session) {
  EndNumberedContexts(session);
  return !std::exchange(session.features().uid_only, true);
}

// RFC 9051 6.3.1. What the client was told as \Recent it is not told again.
bool UseImap4rev2(Session& session) {
  if (session.has_selected()) {
    session.selected().recent.clear();
  }
  return !std::exchange(session.features().imap4rev2, true);
}

// RFC 9755 3.
bool UseUtf8(Session& session) { return !std::exchange(session.features().utf8, true); }

// RFC 5464 4.1.
bool UseMetadata(Session& session) {
  session.WatchMetadata();
  return !std::exchange(session.features().metadata, true);
}

// RFC 5161 3.1: what ENABLE may name, and what it switches on. A name that is not here is ignored.
struct EnableRow {
  absl::string_view capability;
  bool (*enable)(Session& session);  // false: it was on already
};
constexpr EnableRow kTable[] = {
    {"CONDSTORE", UseCondstore}, {"QRESYNC", UseQresync},  {"UIDONLY", UseUidOnly},
    {"IMAP4rev2", UseImap4rev2}, {"UTF8=ACCEPT", UseUtf8}, {"METADATA", UseMetadata},
};

}  // namespace

Done RunEnable(Session& session, EnableArguments arguments) {
  // What the row tells of the selected mailbox comes before it.
  std::string enabled = "* ENABLED";
  for (const std::string& capability : arguments.capabilities) {
    for (const EnableRow& row : kTable) {
      if (absl::EqualsIgnoreCase(row.capability, capability) && !session.Hides(capability) &&
          row.enable(session)) {
        absl::StrAppend(&enabled, " ", row.capability);
      }
    }
  }
  absl::StrAppend(&session.out(), enabled, "\r\n");
  co_return Ok("Enable completed");
}

}  // namespace posthorn::imap
