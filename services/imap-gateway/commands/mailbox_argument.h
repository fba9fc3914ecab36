#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/status.h"
#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// The name of a mailbox to be made, as mailstore will know it; the error says what is wrong with
// it. RFC 3501 6.3.3: a trailing separator only says that names will be made below.
inline absl::StatusOr<std::string> NewMailbox(Session& session, absl::string_view wire) {
  return CanonicalMailboxName(wire, session.features().names(), true);
}

// The mailbox a command names, as mailstore knows it. Where there cannot be such a mailbox the
// error is that of one which is not there. Thunderbird writes names of mailboxes that have children
// with a separator at the end.
inline absl::StatusOr<std::string> ExistingMailbox(Session& session, absl::string_view wire) {
  absl::StatusOr<std::string> name = CanonicalMailboxName(wire, session.features().names(), true);
  if (name.ok()) {
    return name;
  }
  return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_MAILBOX_NOT_FOUND,
                        name.status().message());
}

}  // namespace posthorn::imap
