#pragma once

#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// RFC 7162 3.1: every command that enables CONDSTORE calls it. From the first one on FETCH
// responses tell MODSEQ; where a mailbox is selected the client is told its HIGHESTMODSEQ then.
// True if it was the first one.
bool UseCondstore(Session& session);

}  // namespace posthorn::imap
