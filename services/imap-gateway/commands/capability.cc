#include "imap-gateway/commands/capability.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "imap-gateway/commands/command_table.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/session/message_limit.h"

namespace posthorn::imap {
namespace {

// Capabilities that no command of their own stands for, and the states that show them.
struct CapabilityRow {
  absl::string_view name;
  std::uint8_t states;                          // State bits
  bool (*offered)(Session& session) = nullptr;  // whether it is shown now; nullptr: always
};
// clang-format off
constexpr CapabilityRow kCapabilities[] = {
    {"IMAP4rev1", kAnyState},
    {"IMAP4rev2", kAnyState},
    {"LITERAL+", kAnyState,
     [](Session& session) { return !session.services().settings.literal_minus; }},
    {"LITERAL-", kAnyState,
     [](Session& session) { return session.services().settings.literal_minus; }},
    {"INPROGRESS", kLoggedIn},
    {"CHILDREN", kAnyState},
    {"SPECIAL-USE", kAnyState},
    {"CONDSTORE", kAnyState},    // RFC 7162 3.1
    {"QRESYNC", kAnyState},      // RFC 7162 3.2
    {"UIDONLY", kAnyState},      // RFC 9586
    {"BINARY", kAnyState},       // RFC 3516
    {"CATENATE", kAnyState},     // RFC 4469
    {"URL-PARTIAL", kAnyState},  // RFC 5550 3
    {"OBJECTID", kAnyState},     // RFC 8474
    {"PREVIEW", kAnyState},      // RFC 8970
    {"SAVEDATE", kAnyState},     // RFC 8514
    {"UTF8=ACCEPT", kLoggedIn},
    {"I18NLEVEL=1", kLoggedIn},
    {"COMPRESS=DEFLATE", kLoggedIn,
     [](Session& session) { return !session.stream().is_compressed(); }},
    {"ESEARCH", kAnyState},       // RFC 4731
    {"SEARCHRES", kAnyState},     // RFC 5182
    {"WITHIN", kAnyState},        // RFC 5032
    {"PARTIAL", kAnyState},       // RFC 9394
    {"ESORT", kAnyState},         // RFC 5267
    {"SORT=DISPLAY", kAnyState},  // RFC 5957
    {"SEARCH=FUZZY", kAnyState},  // RFC 6203
    {"FILTERS", kAnyState},       // RFC 5466
    {"LIST-EXTENDED", kLoggedIn},
    {"LIST-STATUS", kLoggedIn},
    {"LIST-MYRIGHTS", kLoggedIn},
    {"LIST-METADATA", kLoggedIn},
    {"STATUS=SIZE", kLoggedIn},
    {"RIGHTS=kxte", kLoggedIn},
    {"QUOTA=RES-STORAGE", kLoggedIn},
    {"QUOTA=RES-MESSAGE", kLoggedIn},
    {"QUOTA=RES-MAILBOX", kLoggedIn},
};
// clang-format on

// RFC 9738 3: MESSAGELIMIT holds for COPY and APPEND too, so SAVELIMIT is only worth showing where
// it is the lower.
void AppendMessageLimits(Session& session, std::string& list) {
  if (!session.Hides("MESSAGELIMIT")) {
    absl::StrAppend(&list, " MESSAGELIMIT=", MessageLimit(session));
  }
  const std::uint32_t save_limit = session.services().settings.save_limit;
  if (!session.Hides("SAVELIMIT") && save_limit < MessageLimit(session)) {
    absl::StrAppend(&list, " SAVELIMIT=", save_limit);
  }
}

}  // namespace

std::string CapabilityList(Session& session) {
  std::string list;
  const bool logged_in = session.state() != kNotAuthenticated;
  // A row may stand for several.
  const auto add = [&session, &list](absl::string_view names) {
    for (const absl::string_view name : absl::StrSplit(names, ' ', absl::SkipEmpty())) {
      if (!session.Hides(name)) {
        absl::StrAppend(&list, list.empty() ? "" : " ", name);
      }
    }
  };
  for (const CapabilityRow& row : kCapabilities) {
    if ((row.states & session.state()) != 0 && (row.offered == nullptr || row.offered(session))) {
      add(row.name);
    }
  }
  for (const CommandRow& row : CommandTable()) {
    add(row.capability);
  }
  if (logged_in) {
    AppendMessageLimits(session, list);
    if (!session.Hides("APPENDLIMIT")) {
      absl::StrAppend(&list, " APPENDLIMIT=", session.services().gateway.max_message_bytes());
    }
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
