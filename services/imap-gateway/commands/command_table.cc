#include "imap-gateway/commands/command_table.h"

#include "absl/container/flat_hash_map.h"
#include "imap-gateway/commands/handlers.h"

namespace posthorn::imap {
namespace {

// clang-format off
constexpr CommandRow kTable[] = {
    {"CAPABILITY", kAnyState, kNoFlags, "", "RFC 3501 6.1.1",
     Invoke<ParseNothing, RunCapability>},
    {"NOOP", kAnyState, kBarrier, "", "RFC 3501 6.1.2", Invoke<ParseNothing, RunNoop>},
    {"LOGOUT", kAnyState, kNoFlags, "", "RFC 3501 6.1.3", Invoke<ParseNothing, RunLogout>},
    {"ID", kAnyState, kNoFlags, "ID", "RFC 2971 3.1", Invoke<ParseId, RunId>},

    {"STARTTLS", kNotAuthenticated, kNoFlags, "", "RFC 3501 6.2.1",
     Invoke<ParseNothing, RunStartTls>},
    {"AUTHENTICATE", kNotAuthenticated, kNoFlags, "SASL-IR", "RFC 3501 6.2.2, RFC 4959",
     Invoke<ParseAuthenticate, RunAuthenticate>},
    {"LOGIN", kNotAuthenticated, kNoFlags, "", "RFC 3501 6.2.3", Invoke<ParseLogin, RunLogin>},

    {"ENABLE", kLoggedIn, kNoFlags, "ENABLE", "RFC 5161 3.1", Invoke<ParseEnable, RunEnable>},
    {"NAMESPACE", kLoggedIn, kNoFlags, "NAMESPACE", "RFC 2342 5",
     Invoke<ParseNothing, RunNamespace>},
    {"SELECT", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.1", Invoke<ParseMailbox, RunSelect>},
    {"EXAMINE", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.2", Invoke<ParseMailbox, RunExamine>},
    {"CREATE", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.3", Invoke<ParseMailbox, RunCreate>},
    {"DELETE", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.4", Invoke<ParseMailbox, RunDelete>},
    {"RENAME", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.5", Invoke<ParseRename, RunRename>},
    {"SUBSCRIBE", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.6", Invoke<ParseMailbox, RunSubscribe>},
    {"UNSUBSCRIBE", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.7",
     Invoke<ParseMailbox, RunUnsubscribe>},
    {"LIST", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.8", Invoke<ParseList, RunList>},
    {"LSUB", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.9", Invoke<ParseLsub, RunLsub>},
    {"STATUS", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.10", Invoke<ParseStatus, RunStatus>},
    {"APPEND", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.11", Invoke<ParseAppend, RunAppend>},
    {"IDLE", kLoggedIn, kNoFlags, "IDLE", "RFC 2177 3", Invoke<ParseNothing, RunIdle>},

    {"CHECK", kSelected, kBarrier, "", "RFC 3501 6.4.1", Invoke<ParseNothing, RunCheck>},
    {"CLOSE", kSelected, kNoFlags, "", "RFC 3501 6.4.2", Invoke<ParseNothing, RunClose>},
    {"UNSELECT", kSelected, kNoFlags, "UNSELECT", "RFC 3691 2",
     Invoke<ParseNothing, RunUnselect>},
    {"EXPUNGE", kSelected, kNoFlags, "", "RFC 3501 6.4.3", Invoke<ParseNothing, RunExpunge>},
    {"SEARCH", kSelected, kHoldsExpunges, "", "RFC 3501 6.4.4", Invoke<ParseSearch, RunSearch>},
    {"FETCH", kSelected, kHoldsExpunges, "", "RFC 3501 6.4.5", Invoke<ParseFetch, RunFetch>},
    {"STORE", kSelected, kHoldsExpunges, "", "RFC 3501 6.4.6", Invoke<ParseStore, RunStore>},
    {"COPY", kSelected, kNoFlags, "", "RFC 3501 6.4.7", Invoke<ParseCopy, RunCopy>},
    {"MOVE", kSelected, kNoFlags, "MOVE", "RFC 6851 3.1", Invoke<ParseCopy, RunMove>},
    // RFC 3501 7.4.1 lets the UID forms tell EXPUNGE; a UID SEARCH may name sequence numbers,
    // which must keep their meaning until it is answered (RFC 7162 3.2.10.2).
    {"UID FETCH", kSelected, kNoFlags, "", "RFC 3501 6.4.8", Invoke<ParseFetch, RunUidFetch>},
    {"UID STORE", kSelected, kNoFlags, "", "RFC 3501 6.4.8", Invoke<ParseStore, RunUidStore>},
    {"UID COPY", kSelected, kNoFlags, "", "RFC 3501 6.4.8", Invoke<ParseCopy, RunUidCopy>},
    {"UID MOVE", kSelected, kNoFlags, "", "RFC 6851 3.2", Invoke<ParseCopy, RunUidMove>},
    {"UID SEARCH", kSelected, kHoldsExpunges, "", "RFC 3501 6.4.8",
     Invoke<ParseSearch, RunUidSearch>},
    {"UID EXPUNGE", kSelected, kNoFlags, "UIDPLUS", "RFC 4315 2.1",
     Invoke<ParseSet, RunUidExpunge>},
};
// clang-format on

}  // namespace

std::span<const CommandRow> CommandTable() { return kTable; }

const CommandRow* FindCommand(absl::string_view name) {
  static const auto index = [] {
    absl::flat_hash_map<absl::string_view, const CommandRow*> rows;
    for (const CommandRow& row : kTable) {
      rows[row.name] = &row;
    }
    return rows;
  }();
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace posthorn::imap
