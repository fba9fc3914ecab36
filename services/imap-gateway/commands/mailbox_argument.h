#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/status.h"
#include "imap-gateway/mailbox/mailbox_name.h"

namespace posthorn::imap {

// The mailbox a command names, as mailstore knows it. Where there cannot be such a mailbox the
// error is that of one which is not there; for a name to be made it says why.
inline absl::StatusOr<std::string> ExistingMailbox(absl::string_view wire) {
  absl::StatusOr<std::string> name = CanonicalMailboxName(wire);
  if (name.ok()) {
    return name;
  }
  return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_MAILBOX_NOT_FOUND,
                        name.status().message());
}

}  // namespace posthorn::imap
