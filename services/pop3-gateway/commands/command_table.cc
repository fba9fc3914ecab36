#include "absl/strings/str_cat.h"
#include "pop3-gateway/commands/command.h"
#include "pop3-gateway/commands/handlers.h"

namespace posthorn::pop3 {
namespace {

constexpr unsigned kBoth = kAuthorization | kTransaction;

constexpr CommandRow kTable[] = {
    {"CAPA", kBoth, ParseNothing, HandleCapa, "", Announce::kAlways, "RFC 2449 5"},
    {"STLS", kAuthorization, ParseNothing, HandleStls, "STLS", Announce::kIfTlsOffered,
     "RFC 2595 4"},
    {"USER", kAuthorization, ParseText, HandleUser, "USER", Announce::kIfLoginAllowed,
     "RFC 1939 7"},
    {"PASS", kAuthorization, ParseText, HandlePass, "", Announce::kAlways, "RFC 1939 7"},
    {"AUTH", kAuthorization, ParseSasl, HandleAuth, "SASL PLAIN LOGIN", Announce::kIfLoginAllowed,
     "RFC 5034 4"},
    {"STAT", kTransaction, ParseNothing, HandleStat, "", Announce::kAlways, "RFC 1939 5"},
    {"LIST", kTransaction, ParseOptionalMessage, HandleList, "", Announce::kAlways, "RFC 1939 5"},
    {"RETR", kTransaction, ParseMessage, HandleRetr, "", Announce::kAlways, "RFC 1939 5"},
    {"DELE", kTransaction, ParseMessage, HandleDele, "", Announce::kAlways, "RFC 1939 5"},
    {"NOOP", kTransaction, ParseNothing, HandleNoop, "", Announce::kAlways, "RFC 1939 5"},
    {"RSET", kTransaction, ParseNothing, HandleRset, "", Announce::kAlways, "RFC 1939 5"},
    {"TOP", kTransaction, ParseMessageAndLines, HandleTop, "TOP", Announce::kAlways, "RFC 1939 7"},
    {"UIDL", kTransaction, ParseOptionalMessage, HandleUidl, "UIDL", Announce::kAlways,
     "RFC 1939 7"},
    {"QUIT", kBoth, ParseNothing, HandleQuit, "", Announce::kAlways, "RFC 1939 4, 6"},
};

// What the server does that no command stands for.
constexpr absl::string_view kProperties[] = {
    "PIPELINING",               // RFC 2449 6.6
    "RESP-CODES",               // RFC 2449 6.4
    "AUTH-RESP-CODE",           // RFC 3206 6
    "EXPIRE NEVER",             // RFC 2449 6.7: only the client deletes
    "IMPLEMENTATION Posthorn",  // RFC 2449 6.9
};

bool Announced(const CommandRow& row, const CapabilityContext& context) {
  switch (row.announce) {
    case Announce::kAlways:
      return true;
    case Announce::kIfLoginAllowed:
      return context.login_allowed;
    case Announce::kIfTlsOffered:
      return context.tls_offered;
  }
  return false;
}

}  // namespace

absl::Span<const CommandRow> CommandTable() { return kTable; }

const CommandRow* FindCommand(absl::string_view keyword) {
  for (const CommandRow& row : kTable) {
    if (row.keyword == keyword) {
      return &row;
    }
  }
  return nullptr;
}

void AppendCapabilities(const CapabilityContext& context, std::string* out) {
  for (const CommandRow& row : kTable) {
    if (!row.capability.empty() && Announced(row, context)) {
      absl::StrAppend(out, row.capability, "\r\n");
    }
  }
  for (absl::string_view property : kProperties) {
    absl::StrAppend(out, property, "\r\n");
  }
}

}  // namespace posthorn::pop3
