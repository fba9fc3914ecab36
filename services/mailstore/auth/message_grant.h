// The right to read one message for a short time, as OpenUrl gives it: signed, so that any replica
// honours it without asking the database.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// A body that takes longer is read on until it ends: only the beginning is checked.
inline constexpr absl::Duration kGrantLifetime = absl::Minutes(5);

struct MessageGrant {
  MailboxKey mailbox;
  Uid uid;
};

// Format: account, mailbox, UID, expiry in Unix seconds (8 octets each), HMAC-SHA256 of that.
std::string SignGrant(absl::string_view secret, const MessageGrant& grant, absl::Time expires_at);
// PermissionDenied REASON_FORBIDDEN if malformed, forged or expired.
absl::StatusOr<MessageGrant> CheckGrant(absl::string_view secret, absl::string_view octets,
                                        absl::Time now);

}  // namespace posthorn::store
