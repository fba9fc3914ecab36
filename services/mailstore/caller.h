// Who calls, checked: the first thing every handler for a user does.
#pragma once

#include "absl/status/statusor.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/ids.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::store {

// The account the ticket speaks for. Unauthenticated REASON_TICKET_INVALID.
absl::StatusOr<AccountId> CheckCaller(const TicketSigner& tickets, const v1::Caller& caller);

// Which mailbox the caller means; what it may do there, Authorize() says. NotFound
// REASON_MAILBOX_NOT_FOUND for a number that no mailbox can have.
absl::StatusOr<MailboxKey> ToKey(AccountId caller, const v1::MailboxRef& mailbox);

v1::MailboxRef ToProto(const MailboxKey& key);

}  // namespace posthorn::store
