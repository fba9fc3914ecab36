#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// Reads what changed in the selected mailbox since the session last looked, through whichever
// gateway: everything committed before the call was made (a barrier). Nothing is told yet.
asio::awaitable<absl::Status> ReadChanges(Session& session);

enum class Expunges {
  kTell,
  kHold,  // RFC 3501 7.4.1: none while answering FETCH, STORE, SEARCH
};

// Tells the client what has been read (RFC 3501 7.3, 7.4.2): FLAGS, EXPUNGE, EXISTS, RECENT, FETCH.
// The view changes here and nowhere else.
asio::awaitable<void> TellChanges(Session& session, Expunges expunges);

// "* n EXPUNGE" for those of `uids` the client knows, at once.
asio::awaitable<void> TellExpunged(Session& session, const NumberRanges& uids);

// FLAGS and PERMANENTFLAGS of the selected mailbox.
void AppendMailboxFlags(Session& session);

// Makes `names` the keywords of the selected mailbox if there are more than were known; the client
// is told at once, for a flag is never seen before its name (RFC 3501 7.2.6).
void LearnKeywords(Session& session, const google::protobuf::RepeatedPtrField<std::string>& names);

}  // namespace posthorn::imap
