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

// Tells the client what has been read (RFC 3501 7.3, 7.4.2): FLAGS, EXPUNGE or VANISHED, EXISTS,
// RECENT, FETCH.
// The view changes here and nowhere else.
asio::awaitable<void> TellChanges(Session& session, Expunges expunges);

// "* n EXPUNGE" for those of `uids` the client knows, or one "* VANISHED uids", at once.
asio::awaitable<void> TellExpunged(Session& session, const NumberRanges& uids);

// After a command that removed messages (RFC 7162 3.2.7): reads and tells all changes up to the
// removal, then says up to which MODSEQ in the tagged response. Nothing without QRESYNC.
asio::awaitable<void> TellHighestModSeq(Session& session, Completion& completion);
// EXISTS, and RECENT for a session that knows it (RFC 9051 Appendix E 12).
void AppendExists(Session& session);

// FLAGS and PERMANENTFLAGS of the selected mailbox.
void AppendMailboxFlags(Session& session);

// Makes `names` the keywords of the selected mailbox if there are more than were known; the client
// is told at once, for a flag is never seen before its name (RFC 3501 7.2.6).
void LearnKeywords(Session& session, const google::protobuf::RepeatedPtrField<std::string>& names);

}  // namespace posthorn::imap
