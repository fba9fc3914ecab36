#pragma once

#include <cstdint>

#include "imap-gateway/parser/sequence_set.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// RFC 9738: how many messages one command works at. UINT32_MAX for an account that the
// administrator hides MESSAGELIMIT from: its client could not tell why messages are left out.
std::uint32_t MessageLimit(const Session& session);
// The same for COPY and APPEND, which are done whole or not at all.
std::uint32_t SaveLimit(const Session& session);

// RFC 9738 3.1: leaves the highest of `uids`, as many as one command works at. True if there were
// more.
bool LimitMessages(const Session& session, NumberRanges& uids);

// How a command ends that worked at `uids` and left others out: names the limit and the lowest of
// `uids`, below which the client goes on. Where the completion has a response code already, an
// untagged NO says so (RFC 9738 3.1).
Completion TellLimited(Session& session, const NumberRanges& uids, Completion completion);

// The refusal of a command that cannot be done in part.
Completion TooManyMessages(std::uint32_t limit);

}  // namespace posthorn::imap
