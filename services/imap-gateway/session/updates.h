#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

enum class Expunges {
  kTell,
  kHold,  // RFC 3501 7.4.1: none while answering FETCH, STORE, SEARCH
};

enum class Look {
  kAlways,    // a barrier: everything committed before the call was made, through whichever gateway
  kIfBehind,  // only if the feed spoke of something that it did not tell whole
};

// Reads what changed in the selected mailbox since the session last looked, and tells the client
// (RFC 3501 7.3, 7.4.2): FLAGS, EXPUNGE or VANISHED, EXISTS, RECENT, FETCH; with what was read
// before and held back. After a failure what is not told yet is read again the next time.
// The view changes here and nowhere else.
asio::awaitable<absl::Status> TellChanges(Session& session, Expunges expunges, Look look);

// "* n EXPUNGE" for those of `uids` the client knows, or "* VANISHED uids", at once.
asio::awaitable<void> TellExpunged(Session& session, const NumberRanges& uids);

// "* name uids", in more than one line where they are many; nothing for no UIDs.
asio::awaitable<void> TellUidRanges(Session& session, absl::string_view name,
                                    const NumberRanges& uids);

// FETCH of changes of flags, but for messages that the client does not know, and for changes of
// its own.
asio::awaitable<void> TellFlags(Session& session, const v1::FlagColumns& changed);

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

// The same with those that the mailbox has by now, for a command that is about to tell flags of
// which the names are not known. Other changes are left unread: they are told after it.
asio::awaitable<void> ReadKeywords(Session& session);

}  // namespace posthorn::imap
