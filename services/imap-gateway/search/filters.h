#pragma once

#include "imap-gateway/parser/search_program.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// RFC 5466 3.1: puts the criteria that FILTER keys name in their place, those of filters inside
// filters too. Ok: done. Else what to answer: BAD for a charset that does not go with filters, NO
// [UNDEFINED-FILTER] for one that is not there, is no criterion, or leads to itself.
asio::awaitable<Completion> ExpandFilters(Session& session, SearchArguments& arguments);

}  // namespace posthorn::imap
