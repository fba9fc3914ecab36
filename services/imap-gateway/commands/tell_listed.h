#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// The LIST response of one mailbox that a command was about (RFC 9051 6.3.2, 6.3.4), with its
// attributes. `wire` is how the client wrote the name: where that is not how it is kept, OLDNAME
// says so (6.3.9.7).
asio::awaitable<absl::Status> TellListed(Session& session, std::string name, std::string wire);

// Whether `wire` is another spelling of `name`: in decomposed characters, or of INBOX.
bool IsOtherSpelling(const Session& session, absl::string_view name, absl::string_view wire);

}  // namespace posthorn::imap
