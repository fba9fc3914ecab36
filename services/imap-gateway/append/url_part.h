#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "imap-gateway/fetch/section_source.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// RFC 4469 3: what a URL in CATENATE names, which is a message or a part of one that this session
// may read, relative to its server or its selected mailbox; ready to be read. InvalidArgument and
// NotFound: BADURL.
asio::awaitable<absl::StatusOr<std::unique_ptr<SectionSource>>> OpenUrlPart(Session& session,
                                                                            std::string url);

}  // namespace posthorn::imap
