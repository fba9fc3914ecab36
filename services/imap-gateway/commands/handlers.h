#pragma once

#include <boost/asio/awaitable.hpp>

#include "imap-gateway/parser/append_arguments.h"
#include "imap-gateway/parser/arguments.h"
#include "imap-gateway/parser/fetch_attributes.h"
#include "imap-gateway/parser/list_arguments.h"
#include "imap-gateway/parser/search_program.h"
#include "imap-gateway/parser/store_arguments.h"
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

// Before login.
Done RunStartTls(Session& session, NoArguments arguments);
Done RunLogin(Session& session, LoginArguments arguments);
Done RunAuthenticate(Session& session, AuthenticateArguments arguments);

// Logged in.
Done RunEnable(Session& session, EnableArguments arguments);
Done RunNamespace(Session& session, NoArguments arguments);
Done RunSelect(Session& session, MailboxArguments arguments);
Done RunExamine(Session& session, MailboxArguments arguments);
Done RunCreate(Session& session, MailboxArguments arguments);
Done RunDelete(Session& session, MailboxArguments arguments);
Done RunRename(Session& session, RenameArguments arguments);
Done RunSubscribe(Session& session, MailboxArguments arguments);
Done RunUnsubscribe(Session& session, MailboxArguments arguments);
Done RunList(Session& session, ListArguments arguments);
Done RunLsub(Session& session, ListArguments arguments);
Done RunStatus(Session& session, StatusArguments arguments);
Done RunAppend(Session& session, AppendArguments arguments);
Done RunIdle(Session& session, NoArguments arguments);

// With a mailbox selected.
Done RunCheck(Session& session, NoArguments arguments);
Done RunClose(Session& session, NoArguments arguments);
Done RunUnselect(Session& session, NoArguments arguments);
Done RunExpunge(Session& session, NoArguments arguments);
Done RunUidExpunge(Session& session, SetArguments arguments);
Done RunSearch(Session& session, SearchArguments arguments);
Done RunUidSearch(Session& session, SearchArguments arguments);
Done RunFetch(Session& session, FetchArguments arguments);
Done RunUidFetch(Session& session, FetchArguments arguments);
Done RunStore(Session& session, StoreArguments arguments);
Done RunUidStore(Session& session, StoreArguments arguments);
Done RunCopy(Session& session, CopyArguments arguments);
Done RunUidCopy(Session& session, CopyArguments arguments);
Done RunMove(Session& session, CopyArguments arguments);
Done RunUidMove(Session& session, CopyArguments arguments);

}  // namespace posthorn::imap
