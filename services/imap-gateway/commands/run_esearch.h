#pragma once

#include <boost/asio/awaitable.hpp>

#include "imap-gateway/parser/esearch_arguments.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

asio::awaitable<Completion> RunEsearch(Session& session, EsearchArguments arguments);
asio::awaitable<Completion> RunCancelUpdate(Session& session, CancelUpdateArguments arguments);

}  // namespace posthorn::imap
