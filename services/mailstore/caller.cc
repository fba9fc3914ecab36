#include "mailstore/caller.h"

#include "absl/time/clock.h"
#include "common/rpc/status.h"

namespace posthorn::store {

using v1::ErrorDetail;

absl::StatusOr<AccountId> CheckCaller(const TicketSigner& tickets, const v1::Caller& caller) {
  return tickets.CheckTicket(caller.ticket(), absl::Now());
}

absl::StatusOr<MailboxKey> ToKey(AccountId caller, const v1::MailboxRef& mailbox) {
  if (mailbox.mailbox_id() == 0 || mailbox.mailbox_id() > INT32_MAX) {
    return rpc::MakeError(absl::StatusCode::kNotFound, ErrorDetail::REASON_MAILBOX_NOT_FOUND,
                          "no such mailbox");
  }
  const AccountId owner = mailbox.account_id() == 0 ? caller : AccountId(mailbox.account_id());
  return MailboxKey{owner, MailboxId(static_cast<int32_t>(mailbox.mailbox_id()))};
}

v1::MailboxRef ToProto(const MailboxKey& key) {
  v1::MailboxRef ref;
  ref.set_account_id(key.account.value());
  ref.set_mailbox_id(static_cast<uint32_t>(key.mailbox.value()));
  return ref;
}

}  // namespace posthorn::store
