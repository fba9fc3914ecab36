#pragma once

#include <boost/asio/awaitable.hpp>

#include "imap-gateway/parser/acl_arguments.h"
#include "imap-gateway/parser/append_arguments.h"
#include "imap-gateway/parser/arguments.h"
#include "imap-gateway/parser/fetch_attributes.h"
#include "imap-gateway/parser/list_arguments.h"
#include "imap-gateway/parser/metadata_arguments.h"
#include "imap-gateway/parser/notify_arguments.h"
#include "imap-gateway/parser/quota_arguments.h"
#include "imap-gateway/parser/search_program.h"
#include "imap-gateway/parser/select_arguments.h"
#include "imap-gateway/parser/sort_arguments.h"
#include "imap-gateway/parser/store_arguments.h"
#include "imap-gateway/parser/url_arguments.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// What each command does, given its arguments: untagged responses go to session.out(), the tagged
// one is returned. Each is in the file of its name (run_fetch.cc, ...).
using Done = asio::awaitable<Completion>;

// Any state.
Done RunCapability(Session& session, NoArguments arguments);
Done RunNoop(Session& session, NoArguments arguments);
Done RunLogout(Session& session, NoArguments arguments);
Done RunId(Session& session, IdArguments arguments);
Done RunLanguage(Session& session, WordsArguments arguments);

// Before login.
Done RunStartTls(Session& session, NoArguments arguments);
Done RunLogin(Session& session, LoginArguments arguments);
Done RunAuthenticate(Session& session, AuthenticateArguments arguments);

// Logged in.
Done RunUnauthenticate(Session& session, NoArguments arguments);
Done RunCompress(Session& session, CompressArguments arguments);
Done RunComparator(Session& session, WordsArguments arguments);
Done RunEnable(Session& session, EnableArguments arguments);
Done RunNamespace(Session& session, NoArguments arguments);
Done RunSelect(Session& session, SelectArguments arguments);
Done RunExamine(Session& session, SelectArguments arguments);
Done RunCreate(Session& session, CreateArguments arguments);
Done RunDelete(Session& session, MailboxArguments arguments);
Done RunRename(Session& session, RenameArguments arguments);
Done RunSubscribe(Session& session, MailboxArguments arguments);
Done RunUnsubscribe(Session& session, MailboxArguments arguments);
Done RunList(Session& session, ListArguments arguments);
Done RunLsub(Session& session, ListArguments arguments);
Done RunStatus(Session& session, StatusArguments arguments);
Done RunSetAcl(Session& session, SetAclArguments arguments);
Done RunDeleteAcl(Session& session, AclArguments arguments);
Done RunGetAcl(Session& session, MailboxArguments arguments);
Done RunListRights(Session& session, AclArguments arguments);
Done RunMyRights(Session& session, MailboxArguments arguments);
Done RunGetQuota(Session& session, QuotaRootArguments arguments);
Done RunGetQuotaRoot(Session& session, MailboxArguments arguments);
Done RunSetQuota(Session& session, SetQuotaArguments arguments);
Done RunGetMetadata(Session& session, GetMetadataArguments arguments);
Done RunSetMetadata(Session& session, SetMetadataArguments arguments);
Done RunAppend(Session& session, AppendArguments arguments);
Done RunNotify(Session& session, NotifyArguments arguments);
Done RunGenUrlAuth(Session& session, GenUrlAuthArguments arguments);
Done RunResetKey(Session& session, ResetKeyArguments arguments);
Done RunUrlFetch(Session& session, UrlFetchArguments arguments);
Done RunIdle(Session& session, NoArguments arguments);

// With a mailbox selected.
Done RunCheck(Session& session, NoArguments arguments);
Done RunClose(Session& session, NoArguments arguments);
Done RunUnselect(Session& session, NoArguments arguments);
Done RunExpunge(Session& session, NoArguments arguments);
Done RunUidExpunge(Session& session, SetArguments arguments);
Done RunUidBatches(Session& session, UidBatchesArguments arguments);
Done RunSearch(Session& session, SearchArguments arguments);
Done RunUidSearch(Session& session, SearchArguments arguments);
Done RunReplace(Session& session, ReplaceArguments arguments);
Done RunUidReplace(Session& session, ReplaceArguments arguments);
Done RunSort(Session& session, SortArguments arguments);
Done RunUidSort(Session& session, SortArguments arguments);
Done RunThread(Session& session, ThreadArguments arguments);
Done RunUidThread(Session& session, ThreadArguments arguments);
Done RunFetch(Session& session, FetchArguments arguments);
Done RunUidFetch(Session& session, FetchArguments arguments);
Done RunStore(Session& session, StoreArguments arguments);
Done RunUidStore(Session& session, StoreArguments arguments);
Done RunCopy(Session& session, CopyArguments arguments);
Done RunUidCopy(Session& session, CopyArguments arguments);
Done RunMove(Session& session, CopyArguments arguments);
Done RunUidMove(Session& session, CopyArguments arguments);

}  // namespace posthorn::imap
