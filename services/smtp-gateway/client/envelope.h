// MAIL and RCPT of a queued message, as a certain server takes them. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/client/extensions.h"

namespace posthorn::client {

// One transaction's sender: messages are sent apart by it (forwards have their own).
struct Sender {
  const v1::QueuedMessage& message;
  std::string reverse_path;
};

// Why the server cannot take the message at all, in terms of RFC 3463; OK if it can.
struct Obstacle {
  std::string status_code;  // empty: none
  std::string reason;
};
// `utf8_address`: the reverse-path or a recipient NeedsUtf8().
Obstacle FindObstacle(const Sender& sender, bool utf8_address, const Extensions& extensions);

// Whether the message must be sent with SMTPUTF8; one that only could be is sent as any other.
bool UsesUtf8(const Sender& sender, bool utf8_address);

// Whether the body must be made one of 7 bits first (RFC 6152 3).
bool NeedsDowngrade(const v1::QueuedMessage& message, const Extensions& extensions);

// Command lines with their ends. INVALID_ARGUMENT if an address cannot stand in a command.
// `seconds_left`: of DELIVERBY.
absl::StatusOr<std::string> MailCommand(const Sender& sender, bool utf8_address,
                                        int64_t seconds_left, const Extensions& extensions);
absl::StatusOr<std::string> RcptCommand(const v1::LeasedRecipient& recipient, bool smtputf8,
                                        const Extensions& extensions);

// Whether the local part is international (RFC 6531). U-labels alone can be sent as A-labels.
bool NeedsUtf8(absl::string_view address);

// RFC 3461 4.
std::string EncodeXtext(absl::string_view text);

}  // namespace posthorn::client
