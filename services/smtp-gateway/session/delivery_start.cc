#include "smtp-gateway/session/delivery_start.h"

#include <algorithm>
#include <vector>

#include "smtp-gateway/parser/command_line.h"

namespace posthorn::smtp {
namespace {

// RFC 3461 5.2.7.3: an address that leads to more than one is told of as expanded, and then none of
// them tells of success; unless it has been delivered to all of them by then.
bool IsExpanded(const Recipient& recipient) {
  return recipient.targets() > 1 && !recipient.outside.empty();
}

uint32_t WithoutSuccess(uint32_t notify) {
  if ((notify & v1::NOTIFY_SUCCESS) == 0) {
    return notify;
  }
  const uint32_t rest = notify & ~uint32_t{v1::NOTIFY_SUCCESS};
  return rest == 0 ? uint32_t{v1::NOTIFY_NEVER} : rest;
}

// RFC 3461 5.2.1: whom the sender wrote to, so that a notification about somebody it has never
// heard of makes sense to it.
std::string OriginalOf(const Recipient& recipient) {
  if (!recipient.original_recipient.empty() || !recipient.forwarded) {
    return recipient.original_recipient;
  }
  return (IsAscii(recipient.address) ? "rfc822;" : "utf-8;") + recipient.address;
}

void AddOutside(const Recipient& recipient, v1::DeliverStart& start) {
  const uint32_t notify =
      IsExpanded(recipient) ? WithoutSuccess(recipient.notify) : recipient.notify;
  for (const std::string& address : recipient.outside) {
    v1::OutboundRecipient& outside = *start.add_recipients();
    outside.set_forward_path(address);
    outside.set_original_recipient(OriginalOf(recipient));
    outside.set_notify(notify);
    outside.set_forwarded(recipient.forwarded);
    if (recipient.forwarded) {
      outside.set_forwarded_by(recipient.address);
    }
  }
}

// It waits in the queue under its address here.
void AddHeld(const Recipient& recipient, v1::DeliverStart& start) {
  v1::OutboundRecipient& held = *start.add_recipients();
  held.set_forward_path(recipient.address);
  held.set_original_recipient(recipient.original_recipient);
  held.set_notify(recipient.notify);
}

void AddReported(const Recipient& recipient, v1::DeliverStart& start) {
  v1::ReportedRecipient& reported = *start.add_success_recipients();
  reported.set_forward_path(recipient.address);
  reported.set_original_recipient(recipient.original_recipient);
  reported.set_expanded(IsExpanded(recipient));
}

}  // namespace

std::string OutgoingAddress(const Path& path, bool smtputf8) {
  return smtputf8 ? path.text : path.address.ToString();
}

v1::DeliverStart MakeDeliverStart(const Transaction& transaction) {
  const bool held = transaction.envelope.hold_seconds() > 0;
  v1::DeliverStart start;
  std::vector<uint64_t> accounts;
  for (const Recipient& recipient : transaction.recipients) {
    const bool here = !recipient.account_ids.empty();
    AddOutside(recipient, start);
    if (here && held) {
      AddHeld(recipient, start);
      continue;
    }
    accounts.insert(accounts.end(), recipient.account_ids.begin(), recipient.account_ids.end());
    if ((recipient.notify & v1::NOTIFY_SUCCESS) != 0 && (here || IsExpanded(recipient))) {
      AddReported(recipient, start);
    }
  }
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  start.mutable_account_ids()->Add(accounts.begin(), accounts.end());
  if (start.recipients_size() > 0 || start.success_recipients_size() > 0) {
    *start.mutable_envelope() = transaction.envelope;
  }
  return start;
}

}  // namespace posthorn::smtp
