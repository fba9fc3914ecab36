// What a failed call to mailstore means to an SMTP client: the one table of it.
#pragma once

#include "absl/status/status.h"
#include "smtp-gateway/reply/reply.h"

namespace posthorn::smtp {

// A status is mapped by its reason (ErrorDetail in common.proto), else by its code. Whatever is not
// known to be for good gets a temporary reply: the client keeps the message and tries again.
Reply SenderReply(const absl::Status& error);          // to MAIL, of a user
Reply RecipientReply(const absl::Status& error);       // to RCPT
Reply DeliveryReply(const absl::Status& error);        // to the final dot, or BDAT LAST
Reply AuthenticationReply(const absl::Status& error);  // to AUTH (RFC 4954 6)

}  // namespace posthorn::smtp
