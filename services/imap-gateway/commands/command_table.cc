#include "imap-gateway/commands/command_table.h"

#include "absl/container/flat_hash_map.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/run_esearch.h"

namespace posthorn::imap {
namespace {

// clang-format off
constexpr CommandRow kTable[] = {
    {"CAPABILITY", kAnyState, kBeside, "", "RFC 3501 6.1.1",
     Invoke<ParseNothing, RunCapability>},
    {"NOOP", kAnyState, kBarrier | kBeside, "", "RFC 3501 6.1.2", Invoke<ParseNothing, RunNoop>},
    {"LOGOUT", kAnyState, kNoFlags, "", "RFC 3501 6.1.3", Invoke<ParseNothing, RunLogout>},
    {"ID", kAnyState, kNoFlags, "ID", "RFC 2971 3.1", Invoke<ParseId, RunId>},

    {"LANGUAGE", kAnyState, kNoFlags, "LANGUAGE", "RFC 5255 3.2",
     Invoke<ParseWords, RunLanguage>},

    {"STARTTLS", kNotAuthenticated, kNoFlags, "", "RFC 3501 6.2.1",
     Invoke<ParseNothing, RunStartTls>},
    {"AUTHENTICATE", kNotAuthenticated, kNoFlags, "SASL-IR", "RFC 3501 6.2.2, RFC 4959",
     Invoke<ParseAuthenticate, RunAuthenticate>},
    {"LOGIN", kNotAuthenticated, kNoFlags, "", "RFC 3501 6.2.3", Invoke<ParseLogin, RunLogin>},

    {"UNAUTHENTICATE", kLoggedIn, kNoFlags, "UNAUTHENTICATE", "RFC 8437 3",
     Invoke<ParseNothing, RunUnauthenticate>},
    {"COMPRESS", kLoggedIn, kNoFlags, "", "RFC 4978 3", Invoke<ParseCompress, RunCompress>},
    {"COMPARATOR", kLoggedIn, kNoFlags, "I18NLEVEL=2", "RFC 5255 4.7",
     Invoke<ParseWords, RunComparator>},
    {"ENABLE", kLoggedIn, kNoFlags, "ENABLE", "RFC 5161 3.1", Invoke<ParseEnable, RunEnable>},
    {"NAMESPACE", kLoggedIn, kBeside, "NAMESPACE", "RFC 2342 5",
     Invoke<ParseNothing, RunNamespace>},
    {"SELECT", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.1", Invoke<ParseSelect, RunSelect>},
    {"EXAMINE", kLoggedIn, kNoFlags, "", "RFC 3501 6.3.2", Invoke<ParseSelect, RunExamine>},
    {"CREATE", kLoggedIn, kChangesList, "CREATE-SPECIAL-USE", "RFC 3501 6.3.3, RFC 6154 3",
     Invoke<ParseCreate, RunCreate>},
    {"DELETE", kLoggedIn, kChangesList, "", "RFC 3501 6.3.4", Invoke<ParseMailbox, RunDelete>},
    {"RENAME", kLoggedIn, kChangesList, "", "RFC 3501 6.3.5", Invoke<ParseRename, RunRename>},
    {"SUBSCRIBE", kLoggedIn, kChangesList, "", "RFC 3501 6.3.6", Invoke<ParseMailbox, RunSubscribe>},
    {"UNSUBSCRIBE", kLoggedIn, kChangesList, "", "RFC 3501 6.3.7",
     Invoke<ParseMailbox, RunUnsubscribe>},
    {"LIST", kLoggedIn, kBeside, "", "RFC 3501 6.3.8", Invoke<ParseList, RunList>},
    {"LSUB", kLoggedIn, kBeside, "", "RFC 3501 6.3.9", Invoke<ParseLsub, RunLsub>},
    {"STATUS", kLoggedIn, kBeside, "", "RFC 3501 6.3.10", Invoke<ParseStatus, RunStatus>},
    {"APPEND", kLoggedIn, kNoFlags, "MULTIAPPEND", "RFC 3501 6.3.11, RFC 3502",
     Invoke<ParseAppend, RunAppend>},
    {"GENURLAUTH", kLoggedIn, kNoFlags, "URLAUTH", "RFC 4467 7",
     Invoke<ParseGenUrlAuth, RunGenUrlAuth>},
    {"RESETKEY", kLoggedIn, kNoFlags, "", "RFC 4467 7", Invoke<ParseResetKey, RunResetKey>},
    {"URLFETCH", kLoggedIn, kNoFlags, "URLAUTH=BINARY", "RFC 4467 7, RFC 5524",
     Invoke<ParseUrlFetch, RunUrlFetch>},
    {"ESEARCH", kLoggedIn, kHoldsExpunges | kSearches, "MULTISEARCH", "RFC 7377 2",
     Invoke<ParseEsearch, RunEsearch>},
    {"SETACL", kLoggedIn, kChangesList, "ACL", "RFC 4314 3.1", Invoke<ParseSetAcl, RunSetAcl>},
    {"DELETEACL", kLoggedIn, kChangesList, "", "RFC 4314 3.2",
     Invoke<ParseAclIdentifier, RunDeleteAcl>},
    {"GETACL", kLoggedIn, kBeside, "", "RFC 4314 3.3", Invoke<ParseMailbox, RunGetAcl>},
    {"LISTRIGHTS", kLoggedIn, kBeside, "", "RFC 4314 3.4",
     Invoke<ParseAclIdentifier, RunListRights>},
    {"MYRIGHTS", kLoggedIn, kBeside, "", "RFC 4314 3.5", Invoke<ParseMailbox, RunMyRights>},
    {"GETQUOTA", kLoggedIn, kBeside, "QUOTA", "RFC 9208 4.1.1",
     Invoke<ParseQuotaRoot, RunGetQuota>},
    {"GETQUOTAROOT", kLoggedIn, kBeside, "", "RFC 9208 4.1.2",
     Invoke<ParseMailbox, RunGetQuotaRoot>},
    {"SETQUOTA", kLoggedIn, kNoFlags, "QUOTASET", "RFC 9208 4.1.3",
     Invoke<ParseSetQuota, RunSetQuota>},
    {"GETMETADATA", kLoggedIn, kBeside, "METADATA", "RFC 5464 4.2",
     Invoke<ParseGetMetadata, RunGetMetadata>},
    {"SETMETADATA", kLoggedIn, kNoFlags, "", "RFC 5464 4.3",
     Invoke<ParseSetMetadata, RunSetMetadata>},
    {"IDLE", kLoggedIn, kNoFlags, "IDLE", "RFC 2177 3", Invoke<ParseNothing, RunIdle>},
    {"NOTIFY", kLoggedIn, kBarrier, "NOTIFY", "RFC 5465 3.1", Invoke<ParseNotify, RunNotify>},

    {"CHECK", kSelected, kBarrier, "", "RFC 3501 6.4.1", Invoke<ParseNothing, RunCheck>},
    {"CLOSE", kSelected, kNoFlags, "", "RFC 3501 6.4.2", Invoke<ParseNothing, RunClose>},
    {"UNSELECT", kSelected, kNoFlags, "UNSELECT", "RFC 3691 2",
     Invoke<ParseNothing, RunUnselect>},
    {"EXPUNGE", kSelected, kNoFlags, "", "RFC 3501 6.4.3", Invoke<ParseNothing, RunExpunge>},
    {"SEARCH", kSelected, kHoldsExpunges | kUsesNumbers | kSearches, "", "RFC 3501 6.4.4",
     Invoke<ParseSearch, RunSearch>},
    {"FETCH", kSelected, kHoldsExpunges | kUsesNumbers | kBeside, "", "RFC 3501 6.4.5",
     Invoke<ParseFetch, RunFetch>},
    {"STORE", kSelected, kHoldsExpunges | kUsesNumbers, "", "RFC 3501 6.4.6",
     Invoke<ParseStore, RunStore>},
    {"COPY", kSelected, kUsesNumbers, "", "RFC 3501 6.4.7", Invoke<ParseCopy, RunCopy>},
    {"MOVE", kSelected, kUsesNumbers, "MOVE", "RFC 6851 3.1", Invoke<ParseCopy, RunMove>},
    {"REPLACE", kSelected, kUsesNumbers, "REPLACE", "RFC 8508 3.2",
     Invoke<ParseReplace, RunReplace>},
    {"CANCELUPDATE", kSelected, kNoFlags, "CONTEXT=SEARCH CONTEXT=SORT", "RFC 5267 4.3.5",
     Invoke<ParseCancelUpdate, RunCancelUpdate>},
    {"UIDBATCHES", kSelected, kNoFlags, "UIDBATCHES", "RFC 10022",
     Invoke<ParseUidBatches, RunUidBatches>},
    {"SORT", kSelected, kHoldsExpunges | kUsesNumbers | kSearches, "SORT", "RFC 5256 3",
     Invoke<ParseSort, RunSort>},
    {"THREAD", kSelected, kHoldsExpunges | kUsesNumbers | kSearches,
     "THREAD=ORDEREDSUBJECT THREAD=REFERENCES THREAD=REFS",
     "RFC 5256 3", Invoke<ParseThread, RunThread>},
    // RFC 3501 7.4.1 lets the UID forms tell EXPUNGE; a UID SEARCH may name sequence numbers,
    // which must keep their meaning until it is answered (RFC 7162 3.2.10.2).
    {"UID FETCH", kSelected, kBeside, "", "RFC 3501 6.4.8", Invoke<ParseFetch, RunUidFetch>},
    {"UID STORE", kSelected, kNoFlags, "", "RFC 3501 6.4.8", Invoke<ParseStore, RunUidStore>},
    {"UID COPY", kSelected, kNoFlags, "", "RFC 3501 6.4.8", Invoke<ParseCopy, RunUidCopy>},
    {"UID REPLACE", kSelected, kNoFlags, "", "RFC 8508 3.3",
     Invoke<ParseReplace, RunUidReplace>},
    {"UID MOVE", kSelected, kNoFlags, "", "RFC 6851 3.2", Invoke<ParseCopy, RunUidMove>},
    {"UID SEARCH", kSelected, kHoldsExpunges | kSearches, "", "RFC 3501 6.4.8",
     Invoke<ParseSearch, RunUidSearch>},
    {"UID SORT", kSelected, kHoldsExpunges | kSearches, "", "RFC 5256 3", Invoke<ParseSort, RunUidSort>},
    {"UID THREAD", kSelected, kHoldsExpunges | kSearches, "", "RFC 5256 3",
     Invoke<ParseThread, RunUidThread>},
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
